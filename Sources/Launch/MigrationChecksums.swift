// Made by `make Sources/Launch/MigrationChecksums.swift` from migrations/*.sql: do not edit.

package enum MigrationChecksums {
  /// SHA-256 in hexadecimal by file name without `.sql`.
  package static let byName = [
    "0001_schema_and_roles": "2488aabe76e3f965da3058d662fd599faba4f387971b36b44257642056954024",
    "0002_refusals": "5806a014be98d5d07fd5152d57983d8a98640c52c7eae2fb84d84e350cbfa237",
    "0003_job_tables": "4e6950ce3f98d301cb95ba98107b9bd0814094d162fa44ca6013639582dd6b65",
    "0004_worker_tables": "0bc1d9a4de9f6be535b77dd83b2e2bd0c9dae65f50652c119dce7075dbfdfcb6",
    "0005_model_registry": "65c7fda34b2945935c2ac449e5833fe6690ec7caea460339d06e262d3e55d003",
    "0006_kinds": "324e6866bd8c1bbe6a3f311b6886bf5f23fd582a96da489df206604833f74b23",
    "0007_transitions": "0b578a4eea7c96d7e076f0342a5140abff94a0c4b0c655c77d17592b50467fb8",
    "0008_submit": "13542f35df7e8c9c06bb8f0c09e4aa17898113cd02c6d89c7d530f927f2585ed",
    "0009_work": "de985e86a91cd16ba3774f69e890553e23af7f4600d1fca97230df7d088c2fce",
    "0010_control": "dc15a2707473c54e581aa07eb9a65f8b2a55a2498950474c9e2a93c979ac930d",
    "0011_look": "1636b49292179eec0e619e14225e5043aaae98d806d91d8a20287d659d57ddf6",
    "0012_monitor": "d38567ed1ab71b3c0814658c80c407d4aad960ebac69a7b5778f5bec5fd018bd",
    "0013_rights": "ed3c1294f16f891add9627db9d3dc0f51e70a35bd871658624d29d8473b5f072",
    "0014_precision": "07bc9a6d7767bef920f7beada454f52c34baa527e84e4475f2ee23f1a35c1850",
    "0015_control_and_checkpoints": "4b0878d792fc773b7d92d72334e1e487e76daf44d1a38fc403018e3be97d34b7",
    "0016_datasets": "4948ed713420f6b90056479a47975cfa25603127bf18de698452a088177a6877",
    "0017_adapters": "b009837ce2e7506b061067adaad2cb1b1ba1619935da779338afac64b9b29fb3",
    "0018_finetune": "9ea17b66fbcdad656934cd388cf169e2b67a2d5d40c4e5b088900f04a87b30df",
    "0019_finetune_results": "b789657eb6c95b8646db01b189487d3cac95f095257cff4bded92e530842ac7c",
    "0020_ownership": "a54536cf9e2e38b84ccecdb35e3b7e8587ed909b6699a4dd34fcd14b2fc6b78d",
    "0021_claims": "9ee07ebad4a63653ccf55f2dcb10de2ebb8e44c9866f5ad1a2838839e8a7ed91",
    "0022_data": "c6590ce1f6405aee5a49cf02647605395728662f40cb021bc208ce3ccebe1a33",
  ]
}

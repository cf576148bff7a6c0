import Foundation
import JSON
import SharedTestData
import Testing

/// Runs `Peers/peers.py` with the interpreter of `QUERN_PYTHON`, or python3.
enum PeerLibraries {
  static let hint: Comment =
    "needs `pip install torch transformers peft` for python3 or QUERN_PYTHON; tensorboard adds to it"

  static let arePresent: Bool = {
    let check =
      "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ['torch', 'transformers', 'peft'])))"
    return (try? output(["-c", check])) != nil
  }()

  static func answer(_ request: JSONValue) throws -> JSONValue {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers/peers.py")
    return try JSONValue(parsing: Array(try output([script.path(percentEncoded: false), request.text])))
  }

  private static func output(_ arguments: [String]) throws -> Data {
    // The files are here, and nothing else is to be asked. Its errors are progress bars; a failure is shown by running the
    // script by hand.
    try Python.output(arguments, environment: ["HF_HUB_OFFLINE": "1"], showsErrors: false)
  }
}

extension Trait where Self == ConditionTrait {
  static var needsPeerLibraries: Self { .enabled(if: PeerLibraries.arePresent, PeerLibraries.hint) }
}

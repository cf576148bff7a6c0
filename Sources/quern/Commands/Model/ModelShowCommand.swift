import ArgumentParser
import JSON
import Launch
import Registry

struct ModelShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the limits, configuration, files and lineage of a model or an adapter."
  )

  @Argument(help: "The model or adapter: name@version, or a name for its newest version.")
  var name: String

  @Flag(help: "Print the manifest as JSON.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let manifest = try await database.withClient { try await ModelRegistry($0).manifest(of: name) }
    Console.write(json ? manifest.json.text + "\n" : sheet(of: manifest))
  }

  private func sheet(of manifest: ModelManifest) -> String {
    let facts: [(String, String?)] = [
      ("base", manifest.base),
      ("architecture", manifest.json["config"]?["model_type"]?.string),
      ("parameters", manifest.json["parameters"]?.integer.map(Quantities.count)),
      ("context", manifest.contextLength.map { "\($0) tokens" }),
      ("precision", manifest.precision),
      ("owner", manifest.owner),
      ("visibility", manifest.visibility.rawValue),
      ("lineage", manifest.lineage.map { JSONValue.object($0).text }),
      ("config", manifest.json["config"]?.text),
    ]
    var files = Table(.init("FILE"), .init("SIZE", .right), .init("SHA-256"))
    for file in manifest.files { files.append(file.path, Quantities.bytes(file.size), file.blob.description) }
    return "\(manifest.base == nil ? "model" : "adapter") \(manifest.reference)\n"
      + facts.compactMap { name, value in value.map { "  \(name.padded(to: 14))\($0.onOneLine)\n" } }.joined()
      + "\n" + files.text(width: Console.columns)
  }
}

import ArgumentParser
import JSON
import Launch
import Registry

struct ModelShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the limits, configuration and files of a model."
  )

  @Argument(help: "The model: name@version, or a name for its newest version.")
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
      ("architecture", manifest.json["config"]?["model_type"]?.string),
      ("parameters", manifest.json["parameters"]?.integer.map(Quantities.count)),
      ("context", manifest.contextLength.map { "\($0) tokens" }),
      ("precision", manifest.precision),
      ("config", manifest.json["config"]?.text),
    ]
    var files = Table(.init("FILE"), .init("SIZE", .right), .init("SHA-256"))
    for file in manifest.files { files.append(file.path, Quantities.bytes(file.size), file.blob.description) }
    return "model \(manifest.reference)\n"
      + facts.compactMap { name, value in value.map { "  \(name.padded(to: 14))\($0.onOneLine)\n" } }.joined()
      + "\n" + files.text(width: Console.columns)
  }
}

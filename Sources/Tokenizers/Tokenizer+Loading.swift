import FoundationEssentials
import JSON

extension Tokenizer {
  /// Above the largest tokenizer.json in the wild by a factor of four.
  private static let fileByteLimit = 128 << 20

  /// Reads tokenizer.json and, if there is one, tokenizer_config.json of a model directory.
  package static func load(directory: String) throws(TokenizerError) -> Tokenizer {
    let file = try read("\(directory)/tokenizer.json")
    let configurationPath = "\(directory)/tokenizer_config.json"
    let configuration =
      FileManager.default.fileExists(atPath: configurationPath)
      ? try TokenizerConfiguration(try read(configurationPath)) : TokenizerConfiguration()
    return try Tokenizer(file, configuration)
  }

  /// From the contents of the two files.
  package convenience init(json: [UInt8], configuration: [UInt8]? = nil) throws(TokenizerError) {
    let configuration =
      if let configuration {
        try TokenizerConfiguration(try Self.parse(configuration, path: "tokenizer_config.json"))
      } else {
        TokenizerConfiguration()
      }
    try self.init(try Self.parse(json, path: "tokenizer.json"), configuration)
  }

  private static func read(_ path: String) throws(TokenizerError) -> JSONSection {
    do {
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      guard size <= fileByteLimit else {
        throw TokenizerError.unreadable(path: path, reason: "\(size) bytes are more than \(fileByteLimit)")
      }
      return try parse(Array(try Data(contentsOf: URL(filePath: path))), path: path)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }

  private static func parse(_ bytes: [UInt8], path: String) throws(TokenizerError) -> JSONSection {
    do {
      return JSONSection(path: "", value: try JSONValue(parsing: bytes))
    } catch {
      throw .invalidJSON(path: path, error)
    }
  }
}

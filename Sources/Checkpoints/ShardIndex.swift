package import JSON

/// `model.safetensors.index.json`: which shard holds which tensor.
struct ShardIndex {
  let path: String
  let fileOfTensor: [String: String]
  /// Sorted, each once.
  let fileNames: [String]

  init(path: String) throws(CheckpointError) {
    self.path = path
    let object = try readJSONObject(path)
    guard let map = object["weight_map"]?.object else {
      throw CheckpointError(path: path, .invalidIndex("has no object weight_map"))
    }
    var fileOfTensor: [String: String] = [:]
    for (name, value) in map {
      guard let fileName = value.string else {
        throw CheckpointError(path: path, .invalidIndex("weight_map holds a value that is no file name"))
      }
      guard isPlainFileName(fileName), fileName.hasSuffix(".safetensors") else {
        throw CheckpointError(path: path, .unsafeFileName(fileName))
      }
      fileOfTensor[name] = fileName
    }
    guard !fileOfTensor.isEmpty else { throw CheckpointError(path: path, .invalidIndex("names no tensor")) }
    self.fileOfTensor = fileOfTensor
    fileNames = Set(fileOfTensor.values).sorted()
  }
}

/// A name within one directory: no separators, no `..`, nothing hidden, no control characters.
package func isPlainFileName(_ name: String) -> Bool {
  !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".")
    && name.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 != 0x7F }
}

/// Reads a small JSON file that must hold an object.
func readJSONObject(_ path: String) throws(CheckpointError) -> JSONObject {
  let value = try readJSONValue(path)
  guard let object = value.object else {
    throw CheckpointError(path: path, .invalidJSON("an object is expected, this is \(value.typeName)"))
  }
  return object
}

/// Reads a small JSON file.
package func readJSONValue(_ path: String) throws(CheckpointError) -> JSONValue {
  let file = try MappedFile(path: path)
  guard file.byteCount <= maximumJSONByteCount else {
    throw CheckpointError(path: path, .tooLarge(bytes: file.byteCount, limit: maximumJSONByteCount))
  }
  let text = file.withBytes(0..<file.byteCount) { bytes in bytes.byteOffsets.map { bytes.byte(at: $0) } }
  do throws(JSONError) {
    return try JSONValue(parsing: text)
  } catch {
    throw CheckpointError(path: path, .invalidJSON(error.description))
  }
}

/// Indexes of the largest models have some megabytes.
private let maximumJSONByteCount = 64 << 20

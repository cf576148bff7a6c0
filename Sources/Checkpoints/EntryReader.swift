internal import JSON

/// Checks the entries of a safetensors header, one alone and all together.
struct EntryReader {
  let path: String
  let dataStart: Int
  let dataByteCount: Int

  private static let maximumRank = 16

  func entry(_ name: String, _ value: JSONValue) throws(CheckpointError) -> TensorEntry {
    guard let object = value.object else { throw invalid(name, "is not an object") }
    for key in object.keys where !["dtype", "shape", "data_offsets"].contains(key) {
      throw invalid(name, "has the unknown key '\(key.prefix(40))'")
    }
    guard let dtypeName = object["dtype"]?.string else { throw invalid(name, "has no dtype") }
    guard let dtype = DType(rawValue: dtypeName) else {
      throw CheckpointError(path: path, .unknownDType(tensor: name, dtype: dtypeName))
    }
    guard let shape = naturals(object["shape"]) else { throw invalid(name, "has no shape of whole numbers from 0") }
    guard shape.count <= Self.maximumRank else { throw invalid(name, "has \(shape.count) dimensions") }
    guard let offsets = naturals(object["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
      throw invalid(name, "has no data_offsets of two ascending numbers")
    }
    guard let expected = byteCount(of: shape, dtype) else {
      throw CheckpointError(path: path, .shapeOverflow(tensor: name))
    }
    guard offsets[1] <= dataByteCount else {
      let reason = CheckpointError.Reason.offsetsBeyondData(tensor: name, end: offsets[1], dataBytes: dataByteCount)
      throw CheckpointError(path: path, reason)
    }
    let actual = offsets[1] - offsets[0]
    guard actual == expected else {
      throw CheckpointError(path: path, .sizeMismatch(tensor: name, expectedBytes: expected, actualBytes: actual))
    }
    return TensorEntry(
      name: name,
      dtype: dtype,
      shape: shape,
      range: dataStart + offsets[0]..<dataStart + offsets[1]
    )
  }

  /// `entries` in the order of their bytes cover the data without overlap and without a hole.
  func checkCoverage(_ entries: [TensorEntry]) throws(CheckpointError) {
    var end = dataStart
    var previous = ""
    for entry in entries {
      if entry.range.lowerBound < end {
        throw CheckpointError(path: path, .overlap(tensor: entry.name, other: previous))
      }
      if entry.range.lowerBound > end {
        throw CheckpointError(path: path, .hole(start: end - dataStart, end: entry.range.lowerBound - dataStart))
      }
      end = entry.range.upperBound
      previous = entry.name
    }
    let rest = dataStart + dataByteCount - end
    guard rest == 0 else { throw CheckpointError(path: path, .trailingBytes(count: rest)) }
  }

  private func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
    var product = dtype.byteCount
    for dimension in shape {
      let (value, isOverflown) = product.multipliedReportingOverflow(by: dimension)
      if isOverflown { return nil }
      product = value
    }
    return product
  }

  private func naturals(_ value: JSONValue?) -> [Int]? {
    guard let array = value?.array else { return nil }
    let numbers = array.compactMap { $0.integer }
    return numbers.count == array.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }

  private func invalid(_ name: String, _ problem: String) -> CheckpointError {
    CheckpointError(path: path, .invalidEntry(tensor: name, problem: problem))
  }
}

/// A tensor of a GGUF file, checked: `range` lies in the file and has the size of type and shape.
package struct GGUFTensor: Sendable, Hashable {
  package let name: String
  package let type: GGMLType
  /// The outermost dimension first, as in safetensors; the file has them the other way round.
  package let shape: [Int]
  /// Bytes from the start of the file.
  package let range: Range<Int>

  /// Elements of a row: the innermost dimension.
  var rowElementCount: Int { shape.last ?? 1 }
  var rowCount: Int { shape.dropLast().reduce(1, *) }
  var rowByteCount: Int { rowElementCount / type.blockElementCount * type.blockByteCount }
}

/// A line of the tensor table, before the place of the data is known.
struct GGUFTensorLine {
  let name: String
  let type: GGMLType
  let shape: [Int]
  let byteCount: Int
  /// From the start of the data.
  let offset: UInt64

  /// 8 name length, 1 name, 4 rank, 4 type, 8 offset.
  static let minimumByteCount = 25
  private static let maximumRank = 4
  /// llama.cpp allows 63.
  private static let maximumNameByteCount = 255

  init(_ cursor: inout GGUFCursor) throws(CheckpointError) {
    name = try cursor.name(limit: Self.maximumNameByteCount, of: "a tensor name")
    let rank = try cursor.integer(UInt32.self, of: name)
    guard rank <= Self.maximumRank else { throw cursor.invalid(name, "has \(rank) dimensions; the format allows 4") }
    var dimensions: [Int] = []
    for _ in 0..<rank {
      let dimension = try cursor.integer(UInt64.self, of: name)
      guard let dimension = Int(exactly: dimension), dimension > 0 else {
        throw cursor.invalid(name, "has a dimension of \(dimension)")
      }
      dimensions.append(dimension)
    }
    let number = try cursor.integer(UInt32.self, of: name)
    guard let type = GGMLType(rawValue: number) else {
      let reason = CheckpointError.Reason.unsupportedGGMLType(tensor: name, type: GGMLType.name(of: number))
      throw CheckpointError(path: cursor.path, reason)
    }
    self.type = type
    shape = dimensions.reversed()
    offset = try cursor.integer(UInt64.self, of: name)
    byteCount = try Self.byteCount(type, shape, name, cursor)
  }

  private static func byteCount(
    _ type: GGMLType,
    _ shape: [Int],
    _ name: String,
    _ cursor: GGUFCursor
  ) throws(CheckpointError) -> Int {
    let row = shape.last ?? 1
    guard row % type.blockElementCount == 0 else {
      throw cursor.invalid(
        name,
        "has rows of \(row) elements, no multiple of the \(type.blockElementCount) of \(type.name)"
      )
    }
    var product = row / type.blockElementCount
    for factor in shape.dropLast() + [type.blockByteCount] {
      let (value, isOverflown) = product.multipliedReportingOverflow(by: factor)
      // Room is left so that the bytes of the elements as f32 can be counted too.
      guard !isOverflown, value <= Int.max / 32 else {
        throw CheckpointError(path: cursor.path, .shapeOverflow(tensor: name))
      }
      product = value
    }
    return product
  }
}

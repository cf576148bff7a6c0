/// One value of a result in binary form: a column of a row, or an element of an array in it.
@safe package struct PostgresCell {
  package let type: PostgresType
  /// Nil for NULL. Points into `storage`, which the cell keeps alive.
  let bytes: UnsafeRawBufferPointer?
  private let storage: ResultStorage
  private let column: Int

  init(storage: ResultStorage, row: Int, column: Int) {
    self.storage = storage
    self.column = column
    type = storage.types[column]
    unsafe bytes = storage.bytes(row: row, column: column)
  }

  private init(element: UnsafeRawBufferPointer?, type: PostgresType, of cell: PostgresCell) {
    storage = cell.storage
    column = cell.column
    self.type = type
    unsafe bytes = element
  }
}

extension PostgresCell {
  package var isNull: Bool { unsafe bytes == nil }

  var byteCount: Int { unsafe bytes?.count ?? 0 }

  /// The error that says that this cell holds no `Value`.
  package func mismatch<Value>(_ value: Value.Type) -> PostgresError {
    .decoding(column: storage.names[column], expected: "\(value)", actual: isNull ? nil : type)
  }

  /// The big-endian integer at `offset`; nil when the cell is too short.
  func integer<Value: FixedWidthInteger>(_: Value.Type, at offset: Int = 0) -> Value? {
    guard let bytes = unsafe bytes, offset + MemoryLayout<Value>.size <= bytes.count else { return nil }
    let bits = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
    return Value(bigEndian: bits)
  }

  func text(from offset: Int = 0) -> String? {
    guard let bytes = unsafe bytes, offset <= bytes.count else { return nil }
    return unsafe String(decoding: bytes[offset...], as: UTF8.self)
  }

  func copyBytes(from offset: Int = 0) -> [UInt8]? {
    guard let bytes = unsafe bytes, offset <= bytes.count else { return nil }
    return unsafe [UInt8](bytes[offset...])
  }

  /// The elements of a one-dimensional array (`array_send`: dimensions, null flag, element type; size and lower bound
  /// of the dimension; then length and bytes of each element); nil for anything else.
  func elements() -> [PostgresCell]? {
    guard let bytes = unsafe bytes, let dimensions = integer(Int32.self), let type = integer(UInt32.self, at: 8) else {
      return nil
    }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count = integer(Int32.self, at: 12) else { return nil }
    var elements: [PostgresCell] = []
    elements.reserveCapacity(Int(count))
    var offset = 20
    for _ in 0..<count {
      guard let length = integer(Int32.self, at: offset) else { return nil }
      offset += 4
      let end = offset + max(0, Int(length))
      guard end <= bytes.count else { return nil }
      let element = length < 0 ? nil : unsafe UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
      unsafe elements.append(PostgresCell(element: element, type: PostgresType(rawValue: type), of: self))
      offset = end
    }
    return elements
  }
}

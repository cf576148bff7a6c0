/// The parameters of one statement in binary form, one after the other in one buffer.
struct PostgresBindings: Sendable, Hashable {
  private(set) var types: [UInt32] = []
  /// -1 for NULL.
  private(set) var lengths: [Int32] = []
  private var offsets: [Int] = []
  /// Begins with a byte of no meaning, so that an empty value still has an address, unlike NULL.
  private var bytes: [UInt8] = [0]
  /// The first value that could not be encoded: interpolation cannot throw.
  private(set) var failure: PostgresError?

  var count: Int { types.count }

  mutating func append<Value: PostgresEncodable>(_ value: Value) {
    types.append(Value.postgresType.rawValue)
    offsets.append(bytes.count)
    if value.isPostgresNull {
      lengths.append(-1)
      return
    }
    do throws(PostgresError) {
      try value.encode(into: &bytes)
      lengths.append(Int32(clamping: bytes.count - offsets[count - 1]))
    } catch {
      failure = failure ?? error
      lengths.append(-1)
    }
  }

  /// - Throws: the encoding error of a value, or that PostgreSQL takes no so many or so long parameters.
  func validate() throws(PostgresError) {
    if let failure { throw failure }
    if count > Int(UInt16.max) { throw .encoding("a statement takes at most 65535 parameters") }
    if lengths.contains(where: { $0 > 1 << 30 }) { throw .encoding("a parameter holds at most 1 GiB") }
  }

  /// Calls `body` with the addresses of the values as libpq wants them; they are valid during the call.
  func withAddresses<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { buffer in
      let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      let addresses = unsafe zip(offsets, lengths).map { offset, length in
        length < 0 ? nil : unsafe base.map { unsafe $0 + offset }
      }
      return unsafe body(addresses)
    }
  }
}

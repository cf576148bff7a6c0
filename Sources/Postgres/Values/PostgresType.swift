/// The OID of a data type (`pg_type.oid`); the built-in ones never change.
package struct PostgresType: RawRepresentable, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
}

extension PostgresType {
  package static let bool = Self(rawValue: 16)
  package static let bytea = Self(rawValue: 17)
  package static let char = Self(rawValue: 18)
  package static let name = Self(rawValue: 19)
  package static let int8 = Self(rawValue: 20)
  package static let int2 = Self(rawValue: 21)
  package static let int4 = Self(rawValue: 23)
  package static let text = Self(rawValue: 25)
  package static let oid = Self(rawValue: 26)
  package static let json = Self(rawValue: 114)
  package static let float4 = Self(rawValue: 700)
  package static let float8 = Self(rawValue: 701)
  package static let unknown = Self(rawValue: 705)
  package static let bpchar = Self(rawValue: 1042)
  package static let varchar = Self(rawValue: 1043)
  package static let timestamptz = Self(rawValue: 1184)
  package static let interval = Self(rawValue: 1186)
  package static let numeric = Self(rawValue: 1700)
  package static let jsonb = Self(rawValue: 3802)

  package static let boolArray = Self(rawValue: 1000)
  package static let byteaArray = Self(rawValue: 1001)
  package static let int2Array = Self(rawValue: 1005)
  package static let int4Array = Self(rawValue: 1007)
  package static let textArray = Self(rawValue: 1009)
  package static let int8Array = Self(rawValue: 1016)
  package static let float4Array = Self(rawValue: 1021)
  package static let float8Array = Self(rawValue: 1022)
  package static let timestamptzArray = Self(rawValue: 1185)
  package static let intervalArray = Self(rawValue: 1187)
  package static let jsonbArray = Self(rawValue: 3807)

  /// Types of extensions and of our own schema (enums) start here.
  var isUserDefined: Bool { rawValue >= 16_384 }
}

extension PostgresType: CustomStringConvertible {
  package var description: String {
    Self.names[self] ?? "type \(rawValue)"
  }

  private static let names: [PostgresType: String] = [
    .bool: "bool", .bytea: "bytea", .char: "\"char\"", .name: "name", .int8: "int8", .int2: "int2", .int4: "int4",
    .text: "text", .oid: "oid", .json: "json", .float4: "float4", .float8: "float8", .unknown: "unknown",
    .bpchar: "bpchar", .varchar: "varchar", .timestamptz: "timestamptz", .interval: "interval", .numeric: "numeric",
    .jsonb: "jsonb", .boolArray: "bool[]", .byteaArray: "bytea[]", .int2Array: "int2[]", .int4Array: "int4[]",
    .textArray: "text[]", .int8Array: "int8[]", .float4Array: "float4[]", .float8Array: "float8[]",
    .timestamptzArray: "timestamptz[]", .intervalArray: "interval[]", .jsonbArray: "jsonb[]",
  ]
}

extension SentencePieceModel {
  /// The bytes of tokenizer.model; see the fields that are read. The characters map is none that Llama's family has.
  func file(_ bosID: Int?, _ eosID: Int?) -> [UInt8] {
    var file = ProtobufWriter()
    for piece in pieces { file.append(1, bytes: Self.message(piece)) }
    var trainer = ProtobufWriter()
    trainer.append(3, number: UInt64(kind.rawValue))
    trainer.append(4, number: UInt64(pieces.count))
    trainer.append(35, number: fallsBackToBytes ? 1 : 0)
    let unknownID = pieces.firstIndex { $0.type == .unknown }
    // -1, as varints spell it, where there is no such token.
    for (field, id) in [(40, unknownID), (41, bosID), (42, eosID), (43, nil)] {
      trainer.append(field, number: UInt64(bitPattern: Int64(id ?? -1)))
    }
    file.append(2, bytes: trainer.message)
    var rules = ProtobufWriter()
    rules.append(1, bytes: Array("identity".utf8))
    rules.append(3, number: normalizer.addsDummyPrefix ? 1 : 0)
    rules.append(4, number: normalizer.removesExtraSpace ? 1 : 0)
    rules.append(5, number: normalizer.escapesSpace ? 1 : 0)
    file.append(3, bytes: rules.message)
    return file.message
  }

  private static func message(_ piece: Piece) -> [UInt8] {
    var message = ProtobufWriter()
    message.append(1, bytes: piece.text)
    message.append(2, float: piece.score)
    message.append(3, number: UInt64(piece.type.rawValue))
    return message.message
  }
}

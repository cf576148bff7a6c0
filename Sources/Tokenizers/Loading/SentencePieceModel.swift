/// A SentencePiece `tokenizer.model` (message ModelProto of sentencepiece_model.proto).
struct SentencePieceModel: Sendable {
  enum Kind: Int, Sendable {
    case unigram = 1
    case bytePairs = 2
  }

  enum PieceType: Int, Sendable {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  struct Piece: Sendable {
    var text: [UInt8] = []
    var score: Float = 0
    var type = PieceType.normal
  }

  var kind = Kind.unigram
  var pieces: [Piece] = []
  var normalizer = SentencePieceNormalizer(removesExtraSpace: true)
  var fallsBackToBytes = false
  var bosID = 1
  var eosID = 2

  init(kind: Kind, pieces: [Piece]) {
    self.kind = kind
    self.pieces = pieces
  }

  init(_ file: [UInt8], path: String) throws(TokenizerError) {
    do {
      try read(file[...], path: path)
    } catch let error as ProtobufReader.Malformed {
      throw .malformed(path: path, problem: "\(error.problem) before byte \(error.offset)")
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .malformed(path: path, problem: "\(error)")
    }
    guard !pieces.isEmpty else { throw .malformed(path: path, problem: "the model has no pieces") }
  }

  private mutating func read(_ message: ArraySlice<UInt8>, path: String) throws {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      guard case .bytes(let bytes) = value else { continue }
      switch field {
      case 1: pieces.append(try Self.piece(bytes, path: path))
      case 2: try readTrainer(bytes, path: path)
      case 3: try readNormalizer(bytes, path: path)
      default: break
      }
    }
  }

  private static func piece(_ message: ArraySlice<UInt8>, path: String) throws -> Piece {
    var piece = Piece()
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let text)): piece.text = Array(text)
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let type = PieceType(rawValue: Int(truncatingIfNeeded: number)) else {
          throw TokenizerError.unsupported(path: path, name: "pieces of the type \(number)")
        }
        piece.type = type
      default: break
      }
    }
    guard String(validating: piece.text, as: UTF8.self) != nil, piece.score.isFinite else {
      throw TokenizerError.malformed(path: path, problem: "a piece is not UTF-8 with a finite score")
    }
    return piece
  }

  private mutating func readTrainer(_ message: ArraySlice<UInt8>, path: String) throws {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      guard case .number(let number) = value else { continue }
      let signed = Int(truncatingIfNeeded: number)
      switch field {
      case 3:
        guard let kind = Kind(rawValue: signed) else {
          throw TokenizerError.unsupported(path: path, name: "a SentencePiece model of the type \(number)")
        }
        self.kind = kind
      case 24: normalizer.treatsSpaceAsSuffix = number != 0
      case 35: fallsBackToBytes = number != 0
      case 41: bosID = signed
      case 42: eosID = signed
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ message: ArraySlice<UInt8>, path: String) throws {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let blob)) where !blob.isEmpty: normalizer.map = try CharactersMap(Array(blob), path: path)
      case (3, .number(let number)): normalizer.addsDummyPrefix = number != 0
      case (4, .number(let number)): normalizer.removesExtraSpace = number != 0
      case (5, .number(let number)): normalizer.escapesSpace = number != 0
      default: break
      }
    }
  }
}

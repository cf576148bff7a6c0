import Executors
import Models
import Testing

struct ModelShelfTests {
  private static func variant(_ reference: String) -> ModelVariant {
    ModelVariant(reference: reference, precision: ModelPrecision())
  }

  private static func shelf() -> ModelShelf<String> {
    var shelf = ModelShelf<String>(modelLimit: 2, adapterByteLimit: 100)
    for model in ["a@1", "b@1"] { shelf.add(variant(model), model, adapterByteCount: nil) }
    for adapter in ["a@1+x@1", "b@1+y@1"] { shelf.add(variant(adapter), adapter, adapterByteCount: 40) }
    return shelf
  }

  @Test func `a model leaves with its adapters, the least recently used first`() {
    var shelf = Self.shelf()
    #expect(shelf.use(Self.variant("a@1")) == "a@1")
    #expect(Set(shelf.makeRoomForModel().map(\.reference)) == ["b@1", "b@1+y@1"])
    #expect(shelf.use(Self.variant("b@1+y@1")) == nil && shelf.use(Self.variant("a@1+x@1")) != nil)
    #expect(shelf.makeRoomForModel().isEmpty)
  }

  @Test func `using an adapter is using its model`() {
    var shelf = Self.shelf()
    _ = shelf.use(Self.variant("b@1"))
    _ = shelf.use(Self.variant("a@1+x@1"))
    #expect(Set(shelf.makeRoomForModel().map(\.reference)) == ["b@1", "b@1+y@1"])
  }

  @Test func `adapters make room for each other, not models`() {
    var shelf = Self.shelf()
    _ = shelf.use(Self.variant("a@1+x@1"))
    #expect(shelf.makeRoom(forAdapterOf: 20).isEmpty)
    #expect(shelf.makeRoom(forAdapterOf: 30).map(\.reference) == ["b@1+y@1"])
    #expect(shelf.makeRoom(forAdapterOf: 1000).map(\.reference) == ["a@1+x@1"])
    #expect(shelf.use(Self.variant("a@1")) != nil && shelf.use(Self.variant("b@1")) != nil)
  }

  @Test func `a merged adapter is a model of its own`() {
    var shelf = Self.shelf()
    shelf.add(Self.variant("a@1+z@1"), "merged", adapterByteCount: nil)
    #expect(Set(shelf.makeRoomForModel().map(\.reference)) == ["a@1", "a@1+x@1"])
    #expect(shelf.use(Self.variant("a@1+z@1")) == "merged")
  }

  @Test func `a model that comes back is another one`() {
    var shelf = Self.shelf()
    let number = shelf.number(of: Self.variant("a@1"))
    _ = shelf.makeRoomForModel()
    #expect(number != nil && shelf.number(of: Self.variant("a@1")) == nil)
    shelf.add(Self.variant("a@1"), "a@1", adapterByteCount: nil)
    #expect(shelf.number(of: Self.variant("a@1")) != number)
  }
}

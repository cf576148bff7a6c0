import JSON
import Jobs
import Testing

struct FinetuneRefusalTests {
  @Test(arguments: WrongFinetune.all)
  func `a wrong set of parameters is refused with what to change`(wrong: WrongFinetune) {
    let refusal = #expect(throws: ParameterRefusal.self) {
      try ParameterCheck<FinetuneParameters>().accepted(wrong.parameters)
    }
    #expect(refusal?.code == wrong.code)
    #expect(refusal?.param == wrong.param)
    #expect(refusal?.message == wrong.message)
  }
}

/// What a detector found. The raw value is the word that replaces it in text, and its name in JSON and metrics.
package enum EntityType: String, Sendable, Hashable, CaseIterable {
  case email = "EMAIL"
  case chineseIdentity = "CN_ID"
  case chineseMobile = "CN_MOBILE"
  case phone = "PHONE"
  case creditCard = "CREDIT_CARD"
  case chineseBankCard = "CN_BANK_CARD"
  case ipAddress = "IP"
  case urlCredentials = "URL_CREDENTIALS"
  case privateKey = "SECRET_PEM"
  case jsonWebToken = "SECRET_JWT"
  case awsKey = "SECRET_AWS"
  case gitHubToken = "SECRET_GITHUB"
  case slackToken = "SECRET_SLACK"
  case googleKey = "SECRET_GOOGLE"
  case openAIKey = "SECRET_OPENAI"
  case huggingFaceToken = "SECRET_HUGGINGFACE"
  case bearerToken = "SECRET_BEARER"
  /// The value of an assignment such as `password: …` or `api_key=…`.
  case assignedSecret = "SECRET"

  /// `<TYPE>`, what stands in redacted text in place of the entity.
  package var placeholder: String { "<\(rawValue)>" }

  /// Decides between types of equal score and span; the order of declaration.
  var rank: Int { Self.ranks[self] ?? Self.ranks.count }

  private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}

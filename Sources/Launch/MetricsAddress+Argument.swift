import ArgumentParser
import Telemetry

extension MetricsAddress: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

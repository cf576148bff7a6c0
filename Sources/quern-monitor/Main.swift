import Launch

@main
struct Main {
  static func main() async { await Launcher.run(MonitorCommand.self) }
}

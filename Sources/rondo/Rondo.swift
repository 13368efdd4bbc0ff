import ArgumentParser
import Formatting
import Foundation

#if LIBTORCH
  import Torch
#endif

/// The root command: parses, calls, and turns what went wrong into one sentence and a status.
@main
struct Rondo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rondo",
    abstract: "Trains computer-vision models with cyclical learning rates.",
    discussion: """
      rondo train                     finds the rates, trains and reports
      rondo compare                   compares schedules, with confidence intervals
      rondo watch                     shows runs in the browser while they train
      rondo find-lr                   the range test alone
      rondo schedule triangular ...   draws and prints a schedule

      Exit status: 0 success, 1 the run failed or nothing was found, 2 wrong usage or bad input.
      """,
    version: version,
    subcommands: subcommands)

  /// The program's version.
  static let version = "0.1.0"

  private static var subcommands: [any ParsableCommand.Type] {
    let pure: [any ParsableCommand.Type] = [
      EvaluateCommand.self, FindLearningRateCommand.self, ScheduleCommand.self,
      ReportCommand.self, WatchCommand.self, LandCommand.self, StopCommand.self, DataCommand.self,
      WeightsCommand.self, DoctorCommand.self,
    ]
    #if LIBTORCH
      return [
        TrainCommand.self, CompareCommand.self, PredictCommand.self, ServeCommand.self,
        ExportCommand.self,
      ] + pure
    #else
      return pure
    #endif
  }

  private static var commandNames: [String] { subcommands.compactMap { $0.configuration.commandName } }

  static func main() {
    StandardStreams.open()
    // A file that may not grow, or a reader that has gone, is an error to be reported, not a crash.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      try EmptyArgument.check(CommandLine.arguments)
      let arguments = Array(CommandLine.arguments.dropFirst())
      try UsageHint.checkHelp(arguments, commands: commandNames)
      var command = try parseAsRoot(NegativeArgument.joined(HomeArgument.expanded(arguments)))
      if command is any SharedCommand {
        try command.run()
      } else {
        try OneProcess.run { try command.run() }
      }
    } catch {
      leave(with: error)
    }
    ExitStatus.done.leave()
  }

  /// The parser's message, which begins as all others do.
  private static func usage(for error: any Error) -> String {
    let parsers = "Error: "
    // Thrown by a command that had been parsed: the parser knows the program's own usage only, which is none of it.
    if let error = error as? ValidationError {
      let command = CommandLine.arguments.dropFirst().first { commandNames.contains($0) }
      return "rondo: \(error.message)\n  See 'rondo \(command.map { $0 + " " } ?? "")--help'."
    }
    let text = UsageHint.improved(
      fullMessage(for: error), arguments: Array(CommandLine.arguments.dropFirst()),
      commands: commandNames)
    return text.hasPrefix(parsers) ? "rondo: " + text.dropFirst(parsers.count) : text
  }

  /// Prints help on standard output and everything else on standard error, and ends the program.
  private static func leave(with error: any Error) -> Never {
    if exitCode(for: error) == .success {
      Console.output(GroupHelp.introduced(fullMessage(for: error)))
      ExitStatus.done.leave()
    }
    let isUsage = ExitStatus.isUsage(error)
    #if LIBTORCH
      // Of several processes with the same message only one prints it.
      if isUsage {
        Console.isSilent = ((try? LaunchedProcess())?.rank ?? 0) > 0
      }
    #endif
    isUsage
      ? Console.error(lines: usage(for: error))
      : Console.error("rondo: " + sentence(for: error))
    (isUsage ? .badInput : ExitStatus.of(error)).leave()
  }
}

import ArgumentParser
import Formatting

/// What a person may have meant who typed a flag or a command that Rondo does not have.
enum UsageHint {
  /// Flags of other trainers, and what they are called here.
  private static let otherNames = [
    "lr": "max-lr", "learning-rate": "max-lr", "lr-max": "max-lr", "batch": "batch-size", "bs": "batch-size",
    "wd": "weight-decay", "arch": "model", "net": "model", "network": "model", "dataset": "data",
    "data-dir": "data", "num-epochs": "epochs", "iterations": "steps", "max-steps": "steps",
    "imgsz": "image-size", "img-size": "image-size", "resolution": "image-size", "pretrained": "weights",
    "gpu": "device", "output": "runs", "output-dir": "runs", "workers": "threads", "optim": "optimizer",
    "scheduler": "schedule", "lr-scheduler": "schedule",
  ]

  /// Returns the parser's message with a better guess, where there is one.
  ///
  /// - Parameters:
  ///   - arguments: the command line without the program.
  ///   - commands: the names of the commands.
  static func improved(_ message: String, arguments: [String], commands: [String]) -> String {
    guard let command = arguments.first else { return message }
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if ["train", "find-lr", "compare"].contains(command),
      let option = lines[0].firstMatch(of: /Unknown option '(--([a-z-]+))'/),
      let name = otherNames[String(option.2)]
    {
      lines[0] = "Error: Unknown option '\(option.1)'. Did you mean '--\(name)'?"
    } else if lines[0].contains("Unexpected argument '\(command)'"), !command.hasPrefix("-") {
      lines[0] = "Error: " + unknownCommand(command, among: commands)
    }
    return lines.joined(separator: "\n")
  }

  /// Checks that `rondo help NAME` names a command; the parser answers other names with the help of all.
  ///
  /// - Throws: `ValidationError` with the nearest name.
  static func checkHelp(_ arguments: [String], commands: [String]) throws {
    guard arguments.first == "help", arguments.count > 1, !arguments[1].hasPrefix("-"),
      !commands.contains(arguments[1]), arguments[1] != "help"
    else { return }
    throw ValidationError(unknownCommand(arguments[1], among: commands))
  }

  private static func unknownCommand(_ name: String, among commands: [String]) -> String {
    let guess = nearest(to: name, among: commands).map { " Did you mean 'rondo \($0)'?" } ?? ""
    return "There is no command '\(name)'.\(guess)"
  }
}

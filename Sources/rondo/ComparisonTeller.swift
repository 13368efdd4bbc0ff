#if LIBTORCH
  import Foundation
  import Numbers
  import Planning
  import Runs
  import Settings
  import Tasks
  import Training

  /// Tells people what a comparison does: a line that is drawn again while a run of it goes on, and one when
  /// it ends.
  final class ComparisonTeller {
    private let figure: String
    private let folder: String
    private var title = ""
    private var later = 0.0
    private var hasToldData = false
    private var progress = ProgressLine(epochs: 1, batchSize: 1)
    private var pace = LinePace(elsewhere: .seconds(60))

    init(_ task: TaskName, folder: URL) {
      figure = task.figure.name
      self.folder = folder.relativePath
      Console.say("comparison: \(self.folder)")
    }

    func tell(_ event: ComparisonEvent) {
      switch event {
      case .testing(let run):
        tellData(of: run)
        Console.say("range test: one for all schedules, \(run.settings.sweep.steps) updates")
      case .found(let range): Console.say(JobTeller.words(for: range))
      case .began(let compared, let run):
        tellData(of: run)
        title =
          "\(compared.number)/\(compared.count) \(compared.schedule.text), seed \(compared.seed)"
        later = compared.later
      case .running(.planned(let plan)):
        progress = ProgressLine(plan.budget)
        pace.restart()
      case .running(.training(.updated(let report))):
        if pace.isDue {
          pace.draw("\(title) · " + progress.line(after: report, later: later))
        } else {
          progress.take(report)
        }
      case .running(.noted(let note)): pace.say("\(title): \(note)")
      case .running: break
      case .ended(let summary):
        let value = figureWords(summary.final[figure])
        let time = ProgressLine.clock(summary.seconds)
        pace.say("\(title): \(figure) \(value) after \(summary.updates) updates in \(time)")
      case .failed(let sentence): pace.say("\(title): failed: \(sentence)")
      case .leftToOthers(let count):
        pace.say(
          "\(count) run\(count == 1 ? " is" : "s are") still made by other processes; when they have "
            + "ended, 'rondo compare --resume \(folder)' tells of all")
      }
    }

    private func tellData(of run: any TaskRun) {
      if !hasToldData { JobTeller.tellWhatIsTrained(run) }
      hasToldData = true
    }
  }
#endif

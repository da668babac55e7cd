/// Other samples, on which the model is measured after each epoch.
struct Validation: ~Copyable {
  private let data: Dataset?
  private let answers: Answers
  private let workspace: Workspace

  init(_ model: borrowing LinearModel, _ options: FitOptions) throws(Failure) {
    guard let data = options.validation else {
      data = nil
      answers = Answers()
      workspace = Workspace()
      return
    }
    let answers = try model.checkedAnswers(data)
    let seen = data.seen(through: model.scaling.pointee.view)
    let workspace = try Workspace(model, seen, atMost: data.samples)
    self.workspace = workspace
    self.data = seen
    self.answers = answers
  }

  var isEmpty: Bool { data == nil }

  /// The mean loss, without the regularization, which is the same for all samples.
  func loss(_ model: borrowing LinearModel) -> Double {
    guard let data else { return .nan }
    let sums = model.pass(data, .all(data), PassRequest(answers: answers), in: workspace)
    return sums.loss / Double(data.samples)
  }
}

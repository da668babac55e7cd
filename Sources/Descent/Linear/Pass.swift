import CDescentKernels

/// Which samples of a data set a pass goes through.
struct Selection {
  /// Sample numbers; nil for all of them, in their order.
  let indices: UnsafePointer<Int>?
  let count: Int
  /// What the gradient is divided by: how many samples the mean is over, more than these where they are one shard's.
  let total: Double
  /// So many more numbers stand behind these, of samples that will be wanted soon.
  let toCome: Int

  init(indices: UnsafePointer<Int>?, count: Int, total: Double? = nil, toCome: Int = 0) {
    (self.indices, self.count, self.total, self.toCome) = (indices, count, total ?? Double(count), toCome)
  }

  static func all(_ data: Dataset) -> Selection { Selection(indices: nil, count: data.samples) }
}

/// What a pass over samples is to compute.
struct PassRequest {
  /// Those of all samples; nil if no loss is wanted.
  var answers: Answers?
  /// How wide the loss's kinks are.
  var smoothing = 0.0
  /// Where the gradient of the mean loss goes.
  var gradient: GradientPointers?
  /// Whether that of the regularization is added to it.
  var addsPenalty = true
  /// Whether to add up the weights of the samples that are classified correctly.
  var countsHits = false
  /// Where the scores go, `samples × outputs`, and the classes with the highest ones.
  var scores: UnsafeMutablePointer<Float>?
  var predictions: UnsafeMutablePointer<Int32>?
}

/// The sums of a pass over its samples.
struct PassSums {
  var loss = 0.0
  var hits = 0.0
  /// Whether all scores were finite.
  var isFinite = true

  mutating func add(_ part: PassSums) {
    loss += part.loss
    hits += part.hits
    isFinite = isFinite && part.isFinite
  }
}

extension LinearModel {
  /// Goes through the selected samples once.
  @inline(never)
  func pass(
    _ data: Dataset, _ selection: Selection, _ request: PassRequest, in workspace: borrowing Workspace
  ) -> PassSums {
    switch workspace.way {
    case .fused: fusedPass(data, selection, request, in: workspace.fused)
    case .product: productPass(data, selection, request, in: workspace.product)
    case .sparse: sparsePass(data, selection, request, in: workspace.sparse)
    }
  }
}

/// Memory for a pass.
struct Workspace: ~Copyable {
  enum Way {
    /// The library's own kernels, which carry eight samples at a time through all computations.
    case fused
    /// Blocks of samples, by matrix products.
    case product
    /// Rows that are not stored in full.
    case sparse
  }

  /// Whether passes of a model depend on OpenBLAS.
  static func usesProducts(_ model: borrowing LinearModel) -> Bool {
    Way(dimension: model.dimension, outputs: model.outputs) == .product && MatrixProduct() != nil
  }

  let way: Way
  let fused: FusedRoom
  let product: ProductRoom
  let sparse: SparseRoom

  /// No memory, for no pass.
  init() {
    way = .fused
    fused = FusedRoom()
    product = ProductRoom()
    sparse = SparseRoom()
  }

  /// For passes over no more than `count` samples of a data set.
  init(
    _ model: borrowing LinearModel, _ data: Dataset, atMost count: Int, takesGradient: Bool = false
  ) throws(Failure) {
    let (dimension, outputs) = (model.dimension, model.outputs)
    let isSparse = data.sparse != nil
    let product = !isSparse && Way(dimension: dimension, outputs: outputs) == .product ? MatrixProduct() : nil
    way = isSparse ? .sparse : product == nil ? .fused : .product
    let sparseRoom = isSparse ? try SparseRoom(model, data, atMost: count, takesGradient: takesGradient) : SparseRoom()
    let fusedRoom =
      way == .fused
      ? try FusedRoom(model, data, atMost: count, takesGradient: takesGradient) : FusedRoom()
    let productRoom =
      if let product {
        try ProductRoom(product, dimension: dimension, outputs: outputs, atMost: count)
      } else { ProductRoom() }
    fused = fusedRoom
    self.product = productRoom
    sparse = sparseRoom
  }
}

extension Workspace.Way {
  /// Chosen by measuring an epoch of minibatches on one thread: OpenBLAS's time divided by the fused kernel's. AVX-512: 1.8
  /// to 2 for 10 classes of 784 features, 1.0 for 64 and for 100, 0.9 for 200, 0.7 for 1,000; 1.1 for 20 classes of 20,000
  /// features, 0.7 for 50. AVX2: 0.75 for 64 and 0.7 for 100 classes of 784 features, 0.7 for 20 and 0.45 for 50 of 20,000.
  /// Where the two are close, the fused kernel is chosen: its bits are the same everywhere. It is also used without OpenBLAS.
  init(dimension: Int, outputs: Int) {
    self = outputs <= 16 || outputs <= 50 && dimension * outputs <= 131_072 ? .fused : .product
  }
}

import CDescent
import Descent

@_cdecl("descent_sampler_create") @implementation
public func descent_sampler_create(
  _ samples: Int, _ batch_size: Int, _ sampling: Int32, _ labels: UnsafePointer<Int32>!, _ seed: UInt64,
  _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  report { () throws(Failure) in
    let out = try require(out, "out")
    guard let sampling = Sampling(rawValue: sampling) else {
      throw Failure(.invalidArgument, "sampling: there is no sampling \(sampling)")
    }
    let sampler = try Sampler(
      samples: samples, batchSize: batch_size, sampling: sampling, seed: seed, labels: labels)
    out.pointee = OpaquePointer(try makeHandle(sampler))
  }
}

@_cdecl("descent_sampler_create_weighted") @implementation
public func descent_sampler_create_weighted(
  _ samples: Int, _ batch_size: Int, _ weights: UnsafePointer<Double>!, _ seed: UInt64,
  _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  report { () throws(Failure) in
    let (weights, out) = (try require(weights, "weights"), try require(out, "out"))
    let sampler = try Sampler(samples: samples, batchSize: batch_size, weights: weights, seed: seed)
    out.pointee = OpaquePointer(try makeHandle(sampler))
  }
}

@_cdecl("descent_sampler_free") @implementation
public func descent_sampler_free(_ sampler: OpaquePointer!) {
  if let sampler { freeHandle(UnsafeMutablePointer<Sampler>(sampler)) }
}

@_cdecl("descent_sampler_set_drop_last") @implementation
public func descent_sampler_set_drop_last(_ sampler: OpaquePointer!, _ drop: Int32) -> descent_status {
  report { () throws(Failure) in
    let sampler = try require(sampler, "sampler", as: Sampler.self)
    if drop != 0 && drop != 1 { throw Failure(.invalidArgument, "drop: \(drop) is neither 0 nor 1") }
    try sampler.pointee.setDropLast(drop == 1)
  }
}

@_cdecl("descent_sampler_next") @implementation
public func descent_sampler_next(
  _ sampler: OpaquePointer!, _ indices: UnsafeMutablePointer<Int>!, _ count: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let sampler = try require(sampler, "sampler", as: Sampler.self)
    let (indices, count) = (try require(indices, "indices"), try require(count, "count"))
    let batch = sampler.pointee.next()
    UnsafeMutableRawPointer(indices).copyMemory(
      from: batch.baseAddress!, byteCount: batch.count * MemoryLayout<Int>.stride)
    count.pointee = batch.count
  }
}

@_cdecl("descent_sampler_batches") @implementation
public func descent_sampler_batches(_ sampler: OpaquePointer!) -> Int {
  guard let sampler else { return 0 }
  return UnsafeMutablePointer<Sampler>(sampler).pointee.batchesPerEpoch
}

@_cdecl("descent_sampler_position") @implementation
public func descent_sampler_position(
  _ sampler: OpaquePointer!, _ epoch: UnsafeMutablePointer<UInt64>!, _ batch: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let sampler = try require(sampler, "sampler", as: Sampler.self)
    let (epoch, batch) = (try require(epoch, "epoch"), try require(batch, "batch"))
    epoch.pointee = sampler.pointee.epoch
    batch.pointee = sampler.pointee.batch
  }
}

@_cdecl("descent_sampler_seek") @implementation
public func descent_sampler_seek(_ sampler: OpaquePointer!, _ epoch: UInt64, _ batch: Int) -> descent_status {
  report { () throws(Failure) in
    try require(sampler, "sampler", as: Sampler.self).pointee.seek(epoch: epoch, batch: batch)
  }
}

import CPlatform

/// How many threads a call may use.
public enum Threads {
  public static var count: Int32 { Int32(platform_thread_count()) }

  /// 0 for as many as there are processors.
  public static func set(_ count: Int32) throws(Failure) {
    if count < 0 || count > Int32(PLATFORM_MOST_THREADS) {
      throw Failure(.invalidArgument, "threads: \(count) is outside [0, \(PLATFORM_MOST_THREADS)]")
    }
    platform_set_thread_count(Int(count))
  }

  /// The host's own threads instead of ours; nil for ours.
  public static func share(_ parallelFor: platform_parallel_for?, context: UnsafeMutableRawPointer?) {
    platform_set_parallel_for(parallelFor, context)
  }
}

/// Work in pieces that may be done at the same time, in any order. Its result depends on the pieces, never on who does them.
protocol Job {
  /// Does a piece of the job that the pointer points to.
  static var piece: platform_piece { get }
}

/// Does all pieces of a job; on several threads if it is worth it.
func run<Work: Job>(_ job: inout Work, pieces: Int, inParallel: Bool = true) {
  withUnsafeMutablePointer(to: &job) { doPieces(Work.piece, $0, pieces, inParallel) }
}

/// Not generic, so that no job's piece is in the library a second time, in the loop.
@inline(never)
private func doPieces(_ piece: platform_piece, _ job: UnsafeMutableRawPointer, _ pieces: Int, _ inParallel: Bool) {
  if inParallel && pieces > 1 { return platform_parallel(pieces, piece, job) }
  for index in 0..<pieces { piece(job, index) }
}

/// Fewer numbers than this are worked on by the calling thread alone: waking another one takes longer.
let leastParallelCount = 32768

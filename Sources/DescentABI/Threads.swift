import CDescent
import Descent

@_cdecl("descent_set_thread_count") @implementation
public func descent_set_thread_count(_ threads: Int32) -> descent_status {
  report { () throws(Failure) in try Threads.set(threads) }
}

@_cdecl("descent_thread_count") @implementation
public func descent_thread_count() -> Int32 { Threads.count }

@_cdecl("descent_set_parallel_for") @implementation
public func descent_set_parallel_for(
  _ parallel_for: descent_parallel_for!, _ context: UnsafeMutableRawPointer!
) -> descent_status {
  report { () throws(Failure) in Threads.share(parallel_for, context: context) }
}

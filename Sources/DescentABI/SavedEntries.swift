import CDescent
import Descent

// What saved bytes hold, by name: for bindings, which make dictionaries of it, and bytes of those.

@_cdecl("descent_saved_entries") @implementation
public func descent_saved_entries(
  _ buffer: UnsafeRawPointer!, _ size: Int, _ entries: UnsafeMutablePointer<descent_saved_entry>!, _ capacity: Int,
  _ count: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let (buffer, count) = (try require(buffer, "buffer"), try require(count, "count"))
    var saved = try SavedEntries(buffer, size: UInt(bitPattern: size))
    if let entries {
      let list = try StructList(entries, "entries")
      if UInt(bitPattern: capacity) < UInt(saved.count) {
        throw Failure(
          .invalidArgument, "capacity: \(UInt(bitPattern: capacity)) entries, but there are \(saved.count)")
      }
      var place = 0
      while let entry = saved.next() {
        list.write(describe(entry), at: place)
        place += 1
      }
    }
    count.pointee = saved.count
  }
}

private func describe(_ entry: SavedEntry) -> descent_saved_entry {
  var description = descent_saved_entry()
  description.dtype = descent_dtype(rawValue: entry.shape.type.rawValue)
  description.name = entry.name
  description.data = entry.data
  description.rows = entry.shape.rows
  description.columns = entry.shape.columns
  description.rank = UInt32(entry.shape.rank)
  return description
}

@_cdecl("descent_saved_build") @implementation
public func descent_saved_build(
  _ kind: Int32, _ entries: UnsafePointer<descent_saved_entry>!, _ count: Int, _ buffer: UnsafeMutableRawPointer!,
  _ capacity: Int, _ written: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let (entries, written) = (try require(entries, "entries"), try require(written, "written"))
    let list = try StructList(UnsafeMutablePointer(mutating: entries), "entries")
    var counter = SavedBuilder()
    try add(list, count, to: &counter)
    let size = counter.size
    if let buffer {
      var builder = try SavedBuilder(
        writingTo: buffer, capacity: UInt(bitPattern: capacity), size: size, kind: UInt32(bitPattern: kind))
      try add(list, count, to: &builder)
      builder.finish(buffer)
    }
    written.pointee = size
  }
}

private func add(
  _ list: StructList<descent_saved_entry>, _ count: Int, to builder: inout SavedBuilder
) throws(Failure) {
  for index in 0..<count {
    let entry = try list.read(at: index)
    guard let name = entry.name else { throw Failure(.nullPointer, "entries[\(index)]: name is NULL") }
    guard let data = entry.data else { throw Failure(.nullPointer, "entries[\(index)]: data is NULL") }
    guard let type = EntryType(rawValue: entry.dtype.rawValue) else {
      throw Failure(.invalidArgument, "entries[\(index)]: dtype: there is no saved dtype \(entry.dtype.rawValue)")
    }
    let shape = EntryShape.checked(
      type: type, rank: Int(entry.rank), rows: entry.rows, columns: entry.columns)
    guard let shape else {
      throw Failure(
        .invalidArgument,
        """
        entries[\(index)]: \(UInt(bitPattern: entry.rows)) x \(UInt(bitPattern: entry.columns)) numbers of rank \
        \(entry.rank) cannot be
        """)
    }
    try builder.add(name, shape, data)
  }
}

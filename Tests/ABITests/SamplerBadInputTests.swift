import CDescent
import DescentABI
import XCTest

/// What the functions of descent_sampler refuse, with which words, and that nothing has changed then.
final class SamplerBadInputTests: XCTestCase {
  private let untouched = OpaquePointer(bitPattern: 64)

  private func expect(
    _ status: descent_status, _ expected: descent_status, _ text: String, line: UInt = #line
  ) {
    XCTAssertEqual(status, expected, line: line)
    XCTAssertEqual(String(cString: descent_last_error()), text, line: line)
  }

  func testCreate() {
    let labels: [Int32] = [0, 1, 0, -7, -1]
    typealias Row = (
      samples: Int, batchSize: Int, sampling: Int32, labels: [Int32]?, status: descent_status, text: String
    )
    let invalid = DESCENT_ERROR_INVALID_ARGUMENT
    let table: [Row] = [
      (0, 2, 1, nil, invalid, "samples: 0 is outside [1, inf)"),
      (-1, 2, 1, nil, invalid, "samples: 18446744073709551615 overflows"),
      (5, 0, 2, nil, invalid, "batch_size: 0 is outside [1, inf)"),
      (5, .min, 2, nil, invalid, "batch_size: 9223372036854775808 overflows"),
      (5, 2, 0, nil, invalid, "sampling: there is no sampling 0"),
      (5, 2, 5, nil, invalid, "sampling: there is no sampling 5"),
      (5, 2, -1, nil, invalid, "sampling: there is no sampling -1"),
      (5, 2, 4, nil, invalid, "sampling: weighted sampling needs weights: descent_sampler_create_weighted()"),
      (5, 2, 3, nil, DESCENT_ERROR_NULL_POINTER, "labels is NULL, but stratified sampling needs them"),
      (5, 2, 3, labels, invalid, "labels[3]: -7 is negative"),
      // Refused before any label is looked at.
      (
        1 << 31, 2, 3, labels, DESCENT_ERROR_UNSUPPORTED,
        "sampling: stratified sampling takes at most 2147483647 samples"
      ),
      (
        .max, 2, 1, nil, DESCENT_ERROR_OUT_OF_MEMORY,
        "no memory for 9223372036854775807 elements of the order of the samples: the byte count overflows"
      ),
      (
        1 << 59, 2, 1, nil, DESCENT_ERROR_OUT_OF_MEMORY,
        "no memory for 4611686018427387904 bytes of the order of the samples"
      ),
    ]
    for row in table {
      var sampler = untouched
      expect(
        descent_sampler_create(row.samples, row.batchSize, row.sampling, row.labels, 0, &sampler), row.status,
        row.text)
      XCTAssertEqual(sampler, untouched)
    }
    expect(descent_sampler_create(5, 2, 1, nil, 0, nil), DESCENT_ERROR_NULL_POINTER, "out is NULL")
  }

  /// Labels that are not asked for are not looked at.
  func testLabelsThatDoNotMatter() {
    let labels: [Int32] = [-1, -2, -3]
    for sampling: Int32 in [1, 2] {
      var sampler: OpaquePointer?
      XCTAssertEqual(descent_sampler_create(3, 2, sampling, labels, 0, &sampler), DESCENT_OK)
      descent_sampler_free(sampler)
    }
  }

  func testCreateWeighted() {
    let invalid = DESCENT_ERROR_INVALID_ARGUMENT
    let table: [(weights: [Double], text: String)] = [
      ([1, 2, -1, -3], "weights[2]: -1 is outside [0, inf)"),
      ([1, .nan], "weights[1]: nan is outside [0, inf)"),
      ([.infinity], "weights[0]: inf is outside [0, inf)"),
      ([0, 1, -.infinity], "weights[2]: -inf is outside [0, inf)"),
      ([0, -0.0, 0], "weights: all 3 are 0"),
      ([], "samples: 0 is outside [1, inf)"),
    ]
    for row in table {
      var sampler = untouched
      expect(
        descent_sampler_create_weighted(row.weights.count, 2, row.weights, 0, &sampler), invalid, row.text)
      XCTAssertEqual(sampler, untouched)
    }
    var sampler = untouched
    expect(
      descent_sampler_create_weighted(1, 0, [1], 0, &sampler), invalid, "batch_size: 0 is outside [1, inf)")
    expect(
      descent_sampler_create_weighted(1, 1, nil, 0, &sampler), DESCENT_ERROR_NULL_POINTER, "weights is NULL")
    expect(
      descent_sampler_create_weighted(1 << 31, 1, [1], 0, &sampler), DESCENT_ERROR_UNSUPPORTED,
      "sampling: weighted sampling takes at most 2147483647 samples")
    XCTAssertEqual(sampler, untouched)
    expect(descent_sampler_create_weighted(1, 1, [1], 0, nil), DESCENT_ERROR_NULL_POINTER, "out is NULL")
  }

  func testNull() {
    let null = DESCENT_ERROR_NULL_POINTER
    var (index, count, epoch) = (99, 99, UInt64(99))
    expect(descent_sampler_next(nil, &index, &count), null, "sampler is NULL")
    expect(descent_sampler_position(nil, &epoch, &index), null, "sampler is NULL")
    expect(descent_sampler_seek(nil, 0, 0), null, "sampler is NULL")
    expect(descent_sampler_set_drop_last(nil, 1), null, "sampler is NULL")
    XCTAssertEqual(descent_sampler_batches(nil), 0)
    descent_sampler_free(nil)

    var sampler: OpaquePointer?
    XCTAssertEqual(descent_sampler_create(3, 1, 1, nil, 0, &sampler), DESCENT_OK)
    defer { descent_sampler_free(sampler) }
    expect(descent_sampler_next(sampler, nil, &count), null, "indices is NULL")
    expect(descent_sampler_next(sampler, &index, nil), null, "count is NULL")
    expect(descent_sampler_position(sampler, nil, &index), null, "epoch is NULL")
    expect(descent_sampler_position(sampler, &epoch, nil), null, "batch is NULL")
    XCTAssertEqual([index, count, Int(epoch)], [99, 99, 99])
    XCTAssertEqual(descent_sampler_position(sampler, &epoch, &index), DESCENT_OK)
    XCTAssertEqual([Int(epoch), index], [0, 0], "a call that failed has moved it")
  }

  func testSeekAndDropLast() {
    let invalid = DESCENT_ERROR_INVALID_ARGUMENT
    var (sampler, epoch, batch): (OpaquePointer?, UInt64, Int) = (nil, 0, 0)
    XCTAssertEqual(descent_sampler_create(10, 4, 1, nil, 0, &sampler), DESCENT_OK)
    defer { descent_sampler_free(sampler) }
    XCTAssertEqual(descent_sampler_seek(sampler, 6, 1), DESCENT_OK)
    expect(descent_sampler_seek(sampler, 0, 3), invalid, "batch: 3 is outside [0, 3)")
    expect(descent_sampler_seek(sampler, 1, -1), invalid, "batch: 18446744073709551615 is outside [0, 3)")
    for drop: Int32 in [2, -1, .max] {
      expect(descent_sampler_set_drop_last(sampler, drop), invalid, "drop: \(drop) is neither 0 nor 1")
    }
    XCTAssertEqual(descent_sampler_batches(sampler), 3)
    XCTAssertEqual(descent_sampler_position(sampler, &epoch, &batch), DESCENT_OK)
    XCTAssertEqual([Int(epoch), batch], [6, 1])
    XCTAssertEqual(descent_sampler_set_drop_last(sampler, 1), DESCENT_OK)
    expect(descent_sampler_seek(sampler, 0, 2), invalid, "batch: 2 is outside [0, 2)")
  }
}

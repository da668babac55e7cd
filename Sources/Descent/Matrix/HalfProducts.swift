#if arch(x86_64)
  import CDescentKernels
  import CPlatform

  extension kernel_product: Job {
    static var piece: platform_piece { { kernel_multiply_piece($0, $1) } }
  }

  extension kernel_packing: Job {
    static var piece: platform_piece { { kernel_pack_piece($0, $1) } }
  }

  extension kernel_unpacking: Job {
    static var piece: platform_piece { { kernel_unpack_piece($0, $1) } }
  }
#endif

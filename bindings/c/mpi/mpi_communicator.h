/*
 * The communicator of an MPI program: what the library needs of MPI is one function.
 *
 *     MPI_Comm             world = MPI_COMM_WORLD;
 *     descent_communicator communicator = mpi_communicator(&world);
 *     options.communicator = &communicator;
 */
#ifndef MPI_COMMUNICATOR_H
#define MPI_COMMUNICATOR_H

#include <descent.h>
#include <mpi.h>

/* MPI counts in int; the library sends at most 2^30 bytes at a time. */
static inline int32_t mpi_exchange(int32_t partner, const void *send, void *receive, size_t bytes, void *context) {
    return MPI_Sendrecv(send, (int)bytes, MPI_BYTE, partner, 0, receive, (int)bytes, MPI_BYTE, partner, 0,
                        *(MPI_Comm *)context, MPI_STATUS_IGNORE);
}

/* `world` is borrowed as long as the communicator is used. */
static inline descent_communicator mpi_communicator(MPI_Comm *world) {
    descent_communicator communicator = {.struct_size = sizeof communicator, .exchange = mpi_exchange, .context = world};
    MPI_Comm_rank(*world, &communicator.rank);
    MPI_Comm_size(*world, &communicator.size);
    return communicator;
}

#endif

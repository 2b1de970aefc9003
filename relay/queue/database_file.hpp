// database_file.hpp - opening the queue's database file so that it keeps its promises.
//
// The settings and their order are load-bearing: each was found by breaking it under power cuts
// and I/O errors. ARCHITECTURE.md names the reasons.
#pragma once
#include "relay/queue/database.hpp"
#include "relay/queue/queue.hpp"

namespace mxlab::queue {

inline constexpr int kPageSize = 4096;
/// The schema that this program writes. Older files are brought forward, newer ones refused.
inline constexpr int kSchemaVersion = 5;

/// Takes the queue for this process, until the file is closed. It comes before open_database(): the
/// log is written to before SQLite takes locks of its own. Throws device_or_resource_busy.
std::unique_ptr<world::File> lock_database(world::Disk& disk, const std::string& path);

/// Opens or creates the file, migrates it, and makes its names durable. Throws std::system_error
/// with a sentence that says what to do.
Database open_database(world::Disk& disk, const QueueOptions& options);

}  // namespace mxlab::queue

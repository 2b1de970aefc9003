// spawn.hpp - starts a coroutine that nobody waits for.
#pragma once
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>

#include "relay/world/world.hpp"

namespace mxlab::world {

/// Runs it on the world's executor, beginning later and never inline, so that the caller's work is
/// done before the coroutine looks at it. I/O errors are its own business; whatever still escapes
/// is a bug, and ends the process (the queue makes that safe) instead of vanishing.
inline void spawn(World& world, awaitable<void> coroutine) {
  asio::post(world.executor,
             [executor = world.executor, coroutine = std::move(coroutine)]() mutable {
               asio::co_spawn(executor, std::move(coroutine), [](std::exception_ptr escaped) {
                 if (escaped) std::rethrow_exception(escaped);
               });
             });
}

}  // namespace mxlab::world

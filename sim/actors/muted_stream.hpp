// muted_stream.hpp - a stream whose owner may fall silent: what is written then reaches nobody,
// while reading goes on. So a session that says nothing still notices that its client has left.
#pragma once
#include <asio/post.hpp>
#include <memory>

#include "relay/world/stream.hpp"

namespace mxlab::sim {

class MutedStream final : public world::Stream {
 public:
  MutedStream(std::unique_ptr<world::Stream> inner, std::shared_ptr<const bool> muted)
      : inner_(std::move(inner)), muted_(std::move(muted)) {}

  executor_type get_executor() override { return inner_->get_executor(); }
  void start_read(asio::mutable_buffer buffer, world::IoCompletion done) override {
    inner_->start_read(buffer, std::move(done));
  }
  void start_write(asio::const_buffer buffer, world::IoCompletion done) override {
    if (!*muted_) return inner_->start_write(buffer, std::move(done));
    asio::post(get_executor(),
               [done = std::move(done), size = buffer.size()]() mutable { done({}, size); });
  }
  void cancel() override { inner_->cancel(); }
  void close() override { inner_->close(); }
  world::Endpoint peer() const override { return inner_->peer(); }
  world::Endpoint local() const override { return inner_->local(); }

 private:
  std::unique_ptr<world::Stream> inner_;
  std::shared_ptr<const bool> muted_;
};

}  // namespace mxlab::sim

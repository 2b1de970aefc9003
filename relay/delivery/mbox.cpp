#include "relay/delivery/mbox.hpp"

#include <algorithm>

namespace mxlab::delivery {
namespace {

constexpr std::size_t kLongestLock = 256;  // what we read of FILE.lock

// Locks of ours that a crash left behind say so. Not a number: programs would take it for the
// process that holds the lock.
constexpr std::string_view kOurMark = "mxrelayd\n";

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// FILE.lock, which is there as long as this object. Taken only by who has the kernel's locks, so
/// that a lock with our mark can be nobody's.
class DotLock {
 public:
  DotLock(world::Disk& disk, const MboxTarget& target) : disk_(disk), path_(target.path + ".lock") {
    if (create()) return;
    const auto holder = content();
    const bool abandoned = holder && (*holder == kOurMark || holder == target.abandoned_lock);
    if (!abandoned) throw MailboxLocked(target.path, holder);
    disk_.remove(path_);
    if (!create()) throw MailboxLocked(target.path, std::nullopt);
  }
  ~DotLock() {
    if (!held_) return;
    try {
      disk_.remove(path_);
    } catch (const std::system_error&) {
      // Our mark is on it: the next delivery takes it away.
    }
  }
  DotLock(const DotLock&) = delete;
  DotLock& operator=(const DotLock&) = delete;

 private:
  /// Also true when no file can be made there at all: then the kernel's locks must do, as they do
  /// for the readers that have no right to the folder either.
  bool create() try {
    auto file = disk_.open(path_, world::OpenMode::kCreateNew);
    held_ = true;
    file->write(0, kOurMark);
    return true;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::file_exists) return false;
    if (held_) disk_.remove(path_);
    if (error.code() == std::errc::permission_denied ||
        error.code() == std::errc::read_only_file_system)
      return true;
    throw;
  }

  std::optional<std::string> content() try {
    return disk_.open(path_, world::OpenMode::kReadWrite)->read(0, kLongestLock);
  } catch (const std::system_error&) {
    return std::nullopt;  // gone meanwhile, or not for us to read
  }

  world::Disk& disk_;
  std::string path_;
  bool held_ = false;
};

class MboxWriter final : public MailboxWriter {
 public:
  MboxWriter(world::Disk& disk, const MboxTarget& target)
      : disk_(disk), path_(target.path), existed_(disk.exists(path_)) {
    open(target);
    lock(target);
    begin_ = end_ = file_->size();
  }
  /// Whatever happens to the message, it is undone from now on.
  void begin(const LocalHead& head) {
    dirty_ = true;
    append(separator() + from_line(head) + delivery_headers(head));
  }
  ~MboxWriter() override {
    if (!dirty_) return;
    try {
      file_->truncate(begin_);
    } catch (const std::system_error&) {
      // The next message begins on a line of its own all the same: separator().
    }
  }
  MboxWriter(const MboxWriter&) = delete;
  MboxWriter& operator=(const MboxWriter&) = delete;

  void write(std::string_view piece) override { append(text_.feed(piece)); }

  void finish() override {
    append(text_.finish() + "\n");
    file_->sync();
    if (!existed_) disk_.sync_directory(parent_of(path_));
    dirty_ = false;
    lock_.reset();
    file_.reset();
  }

 private:
  void open(const MboxTarget& target) {
    if (!existed_) disk_.make_durable_directory(parent_of(path_));
    file_ = disk_.open(path_, existed_ ? world::OpenMode::kReadWrite : world::OpenMode::kCreateNew);
    try {
      check_mailbox_file(*file_, path_, target.owner);
    } catch (const std::system_error&) {
      if (!existed_) disk_.remove(path_);
      throw;
    }
  }

  void lock(const MboxTarget& target) {
    if (!file_->try_lock()) throw MailboxLocked(path_, std::nullopt);
    lock_ = std::make_unique<DotLock>(disk_, target);
  }

  /// What a crash left of another message must not swallow the beginning of this one.
  std::string separator() {
    constexpr std::string_view kEnd = "\n\n";
    if (begin_ == 0) return {};
    const std::uint64_t look = std::min<std::uint64_t>(begin_, kEnd.size());
    const std::string last = file_->read(begin_ - look, kEnd.size());
    if (last == kEnd) return {};
    return std::string(last.ends_with('\n') ? "\n" : kEnd);
  }

  void append(const std::string& bytes) {
    file_->write(end_, bytes);
    end_ += bytes.size();
  }

  world::Disk& disk_;
  std::string path_;
  bool existed_;
  std::unique_ptr<world::File> file_;
  std::unique_ptr<DotLock> lock_;  // let go before the file is closed
  std::uint64_t begin_ = 0, end_ = 0;
  bool dirty_ = false;
  LocalText text_{true};
};

}  // namespace

std::unique_ptr<MailboxWriter> open_mbox(world::Disk& disk, const MboxTarget& target) {
  auto writer = std::make_unique<MboxWriter>(disk, target);
  writer->begin(target.head);
  return writer;
}

}  // namespace mxlab::delivery

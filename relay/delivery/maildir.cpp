#include "relay/delivery/maildir.hpp"

#include <system_error>

#include "relay/delivery/format.hpp"

namespace mxlab::delivery {
namespace {

void make_folders(world::Disk& disk, const std::string& directory) {
  for (const char* part : {"/tmp", "/new", "/cur"})
    if (!disk.exists(directory + part)) disk.make_durable_directory(directory + part);
}

/// The folder of a sub-address, if its owner has made one.
std::string folder_of(world::Disk& disk, const MaildirTarget& target) {
  const std::string extension = sanitized(target.extension);
  if (!is_safe_file_name(extension)) return target.directory;
  const std::string folder = target.directory + "/." + extension;
  return disk.exists(folder) ? folder : target.directory;
}

class MaildirWriter final : public MailboxWriter {
 public:
  MaildirWriter(world::Disk& disk, const MaildirTarget& target)
      : disk_(disk),
        name_(target.name),
        junk_(target.junk ? target.directory + "/.Junk" : std::string()) {
    make_folders(disk, target.directory);
    directory_ = folder_of(disk, target);
    make_folders(disk, directory_);
    draft_ = directory_ + "/tmp/" + name_;
  }
  void begin(const MaildirTarget& target) {
    // An attempt that a crash has ended may have left its draft.
    file_ = disk_.open(draft_, world::OpenMode::kCreate);
    drafting_ = true;  // from now on, what we leave behind would be rubbish
    check_mailbox_file(*file_, draft_, target.owner);
    file_->truncate(0);
    append(delivery_headers(target.head));
  }
  ~MaildirWriter() override {
    if (!drafting_) return;
    try {
      disk_.remove(draft_);
    } catch (const std::system_error&) {
      // Readers do not look into tmp; the next attempt overwrites it.
    }
  }
  MaildirWriter(const MaildirWriter&) = delete;
  MaildirWriter& operator=(const MaildirWriter&) = delete;

  void write(std::string_view piece) override {
    if (!junk_.empty()) mark_.feed(piece);
    append(text_.feed(piece));
  }

  void finish() override {
    append(text_.finish());
    file_->sync();
    file_.reset();
    std::string folder = directory_;
    if (mark_.found()) {
      make_folders(disk_, junk_);
      folder = junk_;
    }
    disk_.rename(draft_, folder + "/new/" + name_);
    drafting_ = false;
    disk_.sync_directory(folder + "/new");
  }

 private:
  void append(const std::string& bytes) {
    file_->write(size_, bytes);
    size_ += bytes.size();
  }

  world::Disk& disk_;
  std::string name_, directory_, junk_, draft_;
  std::unique_ptr<world::File> file_;
  std::uint64_t size_ = 0;
  bool drafting_ = false;
  LocalText text_{false};
  SpamMark mark_;
};

}  // namespace

std::unique_ptr<MailboxWriter> open_maildir(world::Disk& disk, const MaildirTarget& target) {
  auto writer = std::make_unique<MaildirWriter>(disk, target);
  writer->begin(target);
  return writer;
}

}  // namespace mxlab::delivery

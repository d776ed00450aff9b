#include "health/checks/script.h"

#include "base/text.h"
#include "base/time.h"
#include "health/probe_text.h"
#include "io/process.h"

#include <algorithm>
#include <csignal>
#include <utility>

namespace weft::health {
namespace {

using base::Code;
using base::Result;
using model::CheckDetails;
using model::CheckStatus;

constexpr std::size_t kPieceBytes = 4096;
// Of a child that is done: what a pipe holds at most, pipe(7). Its own children may go on writing.
constexpr int kPiecesLeftMax = 16;
// How long we wait for a killed child to be gone before its end is waited for without the loop.
constexpr base::Nanos kDeathMax = base::Seconds(5);

// Docker: a container's name or id; nothing that the docker command takes for an option.
bool is_container(std::string_view text) {
  const auto is_letter = [](char c) {
    return base::is_digit(c) || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z');
  };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || c == '_' || c == '.' || c == '-';
  });
}

std::size_t kept_bytes_of(const model::CheckSpec& spec) {
  const std::size_t wanted = model::details_of(spec).output_bytes_max;
  return wanted != 0 ? wanted : model::CheckState::kOutputBytesMax;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

ProbeResult not_run(std::string_view why) {
  return {CheckStatus::kCritical, true, {}, std::string(why)};
}

ProbeResult not_started(const std::vector<std::string>& command, const base::Error& error) {
  ProbeResult result;
  result.output = base::concat(
      {command.front(), ": ", error.code == Code::kNotFound ? "no such program" : error.what});
  if (!is_inconclusive(error)) {
    result.status = CheckStatus::kCritical;
    result.no_answer = true;
  }
  return result;
}

ProbeResult judge_exit(const io::ProcessExit& ended, std::string_view output) {
  ProbeResult result;
  result.status = CheckStatus::kCritical;
  if (ended.signal != 0) {
    result.output =
        "ended by signal " + std::to_string(ended.signal) + (output.empty() ? "" : "\n\n");
  } else if (ended.code == 0) {
    result.status = CheckStatus::kPassing;
  } else if (ended.code == 1) {
    result.status = CheckStatus::kWarning;
  }
  result.output += output;
  return result;
}

ProbeResult judge_timeout(base::Nanos timeout, std::string_view output) {
  ProbeResult result =
      not_run("timed out (" + base::format_duration(timeout) + ") running the check");
  if (!output.empty()) {
    result.output += "\n\n";
    const std::size_t room = model::CheckState::kOutputBytesMax - result.output.size();
    result.output += output.substr(output.size() - std::min(output.size(), room));
  }
  return result;
}

// Takes what the child prints until its stream ends, `deadline` has passed, or the task is cut
// short.
io::Task<void> collect(io::Process* process, OutputTail* tail, base::MonoTime deadline,
                       int pieces_max) {
  std::string piece(kPieceBytes, '\0');
  for (int i = 0; pieces_max == 0 || i < pieces_max; ++i) {
    const auto count = co_await process->read(io::Process::Stream::kOut, piece, deadline);
    if (!count || *count == 0) {
      co_return;
    }
    tail->add(std::string_view(piece).substr(0, *count));
  }
}

}  // namespace

Result<std::vector<std::string>> script_command(const model::CheckSpec& spec) {
  const CheckDetails& details = model::details_of(spec);
  if (details.args.empty() || details.args.front().empty()) {
    return base::fail(Code::kInvalid, "the check names no program");
  }
  if (spec.kind != model::CheckKind::kDocker) {
    return details.args;
  }
  if (!is_container(details.container)) {
    return base::fail(Code::kInvalid, "the check names no container");
  }
  std::vector<std::string> command{"docker", "exec", details.container};
  if (details.shell.empty()) {
    command.insert(command.end(), details.args.begin(), details.args.end());
  } else {
    command.insert(command.end(), {details.shell, "-c", joined(details.args)});
  }
  return command;
}

void OutputTail::add(std::string_view bytes) {
  kept_ += bytes;
  if (kept_.size() > 2 * bytes_max_) {
    kept_.erase(0, kept_.size() - bytes_max_);
  }
}

std::string_view OutputTail::text() const {
  return std::string_view(kept_).substr(kept_.size() - std::min(kept_.size(), bytes_max_));
}

io::Task<ProbeResult> ScriptCheck::probe(CheckTarget target, base::MonoTime deadline) {
  if (scripts_ == Scripts::kForbidden) {
    co_return not_run("scripts are disabled");
  }
  auto command = script_command(target.spec());
  if (!command) {
    co_return not_run(command.error().what);
  }
  const base::MonoTime start = loop_.driver().now();  // to start it takes time of this very turn
  io::ProcessOptions options;
  options.argv = std::move(*command);
  options.out.kind = io::ProcessOutput::Kind::kPipe;
  options.err.kind = io::ProcessOutput::Kind::kMerge;
  auto process = io::Process::spawn(loop_, options);
  if (!process) {
    co_return not_started(options.argv, process.error());
  }
  OutputTail tail(kept_bytes_of(target.spec()));
  io::TaskScope reading;  // beside the wait: a full pipe would hold the program up
  reading.spawn("script output", collect(&*process, &tail, base::kNever, 0));
  const auto ended = co_await process->wait(deadline);
  co_await reading.stop();
  ProbeResult result;
  if (ended) {
    co_await collect(&*process, &tail, loop_.now(), kPiecesLeftMax);
    result = judge_exit(*ended, tail.text());
  } else if (ended.error().code == Code::kTimeout) {
    base::ignore(process->send_signal(SIGKILL), "it may have ended just now");
    base::ignore(co_await process->wait(loop_.now() + kDeathMax), "its end is waited for anyway");
    result = judge_timeout(target.spec().timeout, tail.text());
  }
  result.output = printable(std::move(result.output), model::CheckState::kOutputBytesMax);
  result.response_time = loop_.driver().now() - start;
  co_return result;
}

}  // namespace weft::health

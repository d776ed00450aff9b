// POST /register and its body. Source: contract/sutazai.md §1 "register body".
#pragma once

#include "api/mesh/words.h"
#include "base/described.h"
#include "base/described_text.h"
#include "base/json.h"
#include "model/instance.h"

#include <optional>
#include <string>
#include <vector>

namespace weft::api::mesh {

struct HealthCheckBody {
  std::optional<std::string> http;  // a URL, or nothing for the instance's own address
  std::optional<std::string> tcp;   // host:port
  std::optional<base::Nanos> ttl;   // registering again is the instance's report
  std::optional<base::Nanos> interval;
  std::optional<base::Nanos> timeout;
  std::optional<std::string> path;
  json::value deregister_after = "1m";  // a duration, seconds, or "off"

  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("http").about("URL of an HTTP check"),
      base::field("tcp").about("host:port of a TCP check"),
      base::field("ttl").about(
          "no probes: the instance registers again at least this often, or is unhealthy"),
      base::field("path").pattern(R"(^/[^\x00-\x20\x7f]*$)").about("of the HTTP check"),
      base::field("deregister_after").about("gone after critical for so long; \"off\": never"));
};
BOOST_DESCRIBE_STRUCT(HealthCheckBody, (),
                      (http, tcp, ttl, interval, timeout, path, deregister_after))

struct RegisterBody {
  std::string service_name;
  std::string address;
  std::uint16_t port = 0;
  std::vector<std::string> tags;
  json::object metadata;
  std::optional<std::string> service_id;
  std::optional<std::uint16_t> weight;
  std::optional<HealthCheckBody> health_check;

  // The rules of the instance it asks for, under the names of this body.
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("service_name")
          .alias("name")
          .required()
          .length(1, kServiceNameLengthMax)
          .pattern(kServiceNamePattern),
      base::field("address").required().length(1, 255).pattern(R"(^[^\x00-\x20\x7f/]+$)"),
      base::field("port").required().range(1, 65535),
      base::field("tags").length(0, model::kTagsMax),
      base::field("metadata").length(0, model::kMetadataEntriesMax),
      base::field("service_id").length(1, 255).pattern(R"(^[^/\x00-\x1f\x7f]+$)"),
      base::field("weight").about("share of the traffic; 0: none"));
};
BOOST_DESCRIBE_STRUCT(RegisterBody, (),
                      (service_name, address, port, tags, metadata, service_id, weight,
                       health_check))

// What a registration without (or with half) a health_check gets.
struct CheckDefaults {
  base::Nanos interval = base::Seconds(10);
  base::Nanos timeout = base::Seconds(5);
};

// The instance a body asks for. Pure; the body has passed validate().
model::Instance instance_of(const RegisterBody& body, const CheckDefaults& defaults);

// "off": nullopt inside; a duration or seconds: that. Errors: kInvalid.
base::Result<std::optional<base::Nanos>> parse_deregister_after(const json::value& value);

}  // namespace weft::api::mesh

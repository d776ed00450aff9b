// The members of each kind of entry, by Consul's names. Private to what encodes and filters them.
#pragma once

#include "api/consul/entries.h"

namespace weft::api::consul {

inline constexpr auto kWeightsMembers =
    members(member("Passing", [](const Weights& w) { return w.passing; }),
            member("Warning", [](const Weights& w) { return w.warning; }));

inline constexpr auto kNodeMembers = members(
    member("ID", [](const NodeEntry& e) -> const std::string& { return e.node->id; }),
    member("Node", [](const NodeEntry& e) -> const std::string& { return e.node->name; }),
    member("Address", [](const NodeEntry& e) -> const std::string& { return e.node->address; }),
    member("Datacenter",
           [](const NodeEntry& e) -> const std::string& { return e.face->options.datacenter; }),
    member("TaggedAddresses", [](const NodeEntry& e) { return tagged_addresses_of(*e.node); }),
    member("Meta", [](const NodeEntry& e) -> const json::object& { return e.node->metadata; }),
    member("CreateIndex",
           [](const NodeEntry& e) { return static_cast<std::int64_t>(e.indexes.created); }),
    member("ModifyIndex",
           [](const NodeEntry& e) { return static_cast<std::int64_t>(e.indexes.modified); }));

const json::object& service_addresses_of(const model::Instance& instance);
bool tags_may_change(const model::Instance& instance);

// As the agent's endpoints show an instance; those of health add the indexes.
inline constexpr auto kAgentServiceMembers = members(
    member("ID",
           [](const ServiceEntry& e) -> const std::string& {
             return model::owner_id_of(e.instance());
           }),
    member("Service",
           [](const ServiceEntry& e) -> const std::string& { return e.instance().service; }),
    member("Tags", [](const ServiceEntry& e) -> const auto& { return e.instance().tags; }),
    member("Meta",
           [](const ServiceEntry& e) -> const json::object& { return e.instance().metadata; }),
    member("Port",
           [](const ServiceEntry& e) { return static_cast<std::int64_t>(e.instance().port); }),
    member("Address",
           [](const ServiceEntry& e) -> const std::string& { return e.instance().address; }),
    member("TaggedAddresses",
           [](const ServiceEntry& e) -> const json::object& {
             return service_addresses_of(e.instance());
           }),
    member<kWeightsMembers>("Weights",
                            [](const ServiceEntry& e) { return weights_of(e.instance()); }),
    member("EnableTagOverride",
           [](const ServiceEntry& e) { return tags_may_change(e.instance()); }),
    member("Kind", [](const ServiceEntry&) { return std::string_view(); }),
    member("Datacenter", [](const ServiceEntry& e) -> const std::string& {
      return e.node.face->options.datacenter;
    }));

inline constexpr auto kIndexMembers = members(
    member("CreateIndex",
           [](const ServiceEntry& e) { return static_cast<std::int64_t>(e.row->created_index); }),
    member("ModifyIndex",
           [](const ServiceEntry& e) { return static_cast<std::int64_t>(e.row->modified_index); }));

inline constexpr auto kHealthServiceMembers = std::tuple_cat(kAgentServiceMembers, kIndexMembers);

inline constexpr auto kCatalogServiceMembers = std::tuple_cat(
    members(
        member("ID", [](const ServiceEntry& e) -> const std::string& { return e.node.node->id; }),
        member("Node",
               [](const ServiceEntry& e) -> const std::string& { return e.node.node->name; }),
        member("Address",
               [](const ServiceEntry& e) -> const std::string& { return e.node.node->address; }),
        member("Datacenter",
               [](const ServiceEntry& e) -> const std::string& {
                 return e.node.face->options.datacenter;
               }),
        member("TaggedAddresses",
               [](const ServiceEntry& e) { return tagged_addresses_of(*e.node.node); }),
        member("NodeMeta",
               [](const ServiceEntry& e) -> const json::object& { return e.node.node->metadata; }),
        member("ServiceKind", [](const ServiceEntry&) { return std::string_view(); }),
        member("ServiceID",
               [](const ServiceEntry& e) -> const std::string& {
                 return model::owner_id_of(e.instance());
               }),
        member("ServiceName",
               [](const ServiceEntry& e) -> const std::string& { return e.instance().service; }),
        member("ServiceTags",
               [](const ServiceEntry& e) -> const auto& { return e.instance().tags; }),
        member("ServiceAddress",
               [](const ServiceEntry& e) -> const std::string& { return e.instance().address; }),
        member("ServiceTaggedAddresses",
               [](const ServiceEntry& e) -> const json::object& {
                 return service_addresses_of(e.instance());
               }),
        member<kWeightsMembers>("ServiceWeights",
                                [](const ServiceEntry& e) { return weights_of(e.instance()); }),
        member("ServiceMeta",
               [](const ServiceEntry& e) -> const json::object& { return e.instance().metadata; }),
        member("ServicePort",
               [](const ServiceEntry& e) { return static_cast<std::int64_t>(e.instance().port); }),
        member("ServiceEnableTagOverride",
               [](const ServiceEntry& e) { return tags_may_change(e.instance()); }),
        member("ServiceProxy", [](const ServiceEntry&) { return json::object(); }),
        member("ServiceConnect", [](const ServiceEntry&) { return json::object(); })),
    kIndexMembers);

std::string_view service_id_of(const CheckEntry& check);
std::string_view service_name_of(const CheckEntry& check);
const std::vector<std::string>& service_tags_of(const CheckEntry& check);
const json::object& definition_of(const CheckEntry& check);

inline constexpr auto kCheckMembers = members(
    member("Node", [](const CheckEntry& c) { return c.node; }),
    member("CheckID", [](const CheckEntry& c) -> const std::string& { return c.id; }),
    member("Name", [](const CheckEntry& c) -> const std::string& { return c.name; }),
    member("Status", [](const CheckEntry& c) { return c.status; }),
    member("Notes", [](const CheckEntry& c) { return c.notes; }),
    member("Output", [](const CheckEntry& c) -> const std::string& { return c.output; }),
    member("ServiceID", [](const CheckEntry& c) { return service_id_of(c); }),
    member("ServiceName", [](const CheckEntry& c) { return service_name_of(c); }),
    member("ServiceTags", [](const CheckEntry& c) -> const auto& { return service_tags_of(c); }),
    member("Type", [](const CheckEntry& c) { return c.type; }),
    member("Interval", [](const CheckEntry& c) -> const std::string& { return c.interval; }),
    member("Timeout", [](const CheckEntry& c) -> const std::string& { return c.timeout; }),
    member("ExposedPort", [](const CheckEntry&) { return std::int64_t{0}; }),
    member("Definition",
           [](const CheckEntry& c) -> const json::object& { return definition_of(c); }),
    member("CreateIndex",
           [](const CheckEntry& c) { return static_cast<std::int64_t>(c.indexes.created); }),
    member("ModifyIndex",
           [](const CheckEntry& c) { return static_cast<std::int64_t>(c.indexes.modified); }));

inline constexpr auto kHealthMembers = members(
    member<kNodeMembers>("Node",
                         [](const HealthEntry& e) -> const NodeEntry& { return e.service.node; }),
    member<kHealthServiceMembers>(
        "Service", [](const HealthEntry& e) -> const ServiceEntry& { return e.service; }),
    member<kCheckMembers>("Checks", [](const HealthEntry& e) -> const auto& { return e.checks; }));

}  // namespace weft::api::consul

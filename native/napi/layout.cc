#include "core/layout.h"

#include "exports.h"

namespace dpdk_node {

// By the names that lib/ring/layout.ts gives them.
void export_layout(Napi::Object exports) {
  namespace l = layout;
  Napi::Object object = Napi::Object::New(exports.Env());
  const auto set = [&](const char* name, size_t value) { object.Set(name, static_cast<double>(value)); };

  set("RING_HEADER", sizeof(l::HandlerRing));
  set("SEND_RING_HEADER", sizeof(l::SendRing));
  set("PRODUCED", offsetof(l::HandlerRing, produced));
  set("ASLEEP", offsetof(l::HandlerRing, asleep));
  set("SEGMENTED", offsetof(l::HandlerRing, segmented));
  set("COMPLETED", offsetof(l::HandlerRing, completed));

  set("DESCRIPTOR", sizeof(l::Descriptor));
  set("DESCRIPTOR_OFFSET", offsetof(l::Descriptor, offset));
  set("DESCRIPTOR_LENGTH", offsetof(l::Descriptor, length));
  set("DESCRIPTOR_VERDICT", offsetof(l::Descriptor, verdict));

  set("METADATA", sizeof(l::Metadata));
  set("METADATA_HASH", offsetof(l::Metadata, hash));
  set("METADATA_PACKET_TYPE", offsetof(l::Metadata, packet_type));
  set("METADATA_VLAN", offsetof(l::Metadata, vlan));
  set("METADATA_FLAGS", offsetof(l::Metadata, flags));
  set("METADATA_HEADROOM", offsetof(l::Metadata, headroom));
  set("METADATA_TAILROOM", offsetof(l::Metadata, tailroom));
  set("FLAG_HASH", l::kFlagHash);
  set("FLAG_VLAN", l::kFlagVlan);
  set("FLAG_IP_CHECKSUM_GOOD", l::kFlagIpChecksumGood);
  set("FLAG_IP_CHECKSUM_BAD", l::kFlagIpChecksumBad);
  set("FLAG_L4_CHECKSUM_GOOD", l::kFlagL4ChecksumGood);
  set("FLAG_L4_CHECKSUM_BAD", l::kFlagL4ChecksumBad);

  set("VERDICT_MASK", l::kVerdictMask);
  set("VERDICT_UNHANDLED", l::kVerdictUnhandled);
  set("VERDICT_DROP", l::kVerdictDrop);
  set("VERDICT_CONTINUE", l::kVerdictContinue);
  set("VERDICT_FAILED", l::kVerdictFailed);
  set("VERDICT_OUTPUT", l::kVerdictOutput);
  set("VERDICT_HOLD", l::kVerdictHold);
  set("MORE_SEGMENTS", l::kMoreSegments);
  set("RESIZED", l::kResized);

  set("SUPPLIED", offsetof(l::SendRing, supplied));
  set("SEND_ASLEEP", offsetof(l::SendRing, asleep));
  set("REAPED", offsetof(l::SendRing, reaped));
  set("SUBMITTED", offsetof(l::SendRing, submitted));
  set("SUPPLY", sizeof(l::Supply));
  set("SUPPLY_OFFSET", offsetof(l::Supply, offset));
  set("SUPPLY_CAPACITY", offsetof(l::Supply, capacity));
  set("SUPPLY_PACKET", offsetof(l::Supply, packet));
  set("SUBMISSION", sizeof(l::Submission));
  set("SUBMISSION_OFFSET", offsetof(l::Submission, offset));
  set("SUBMISSION_LENGTH", offsetof(l::Submission, length));
  set("SUBMISSION_PACKET", offsetof(l::Submission, packet));
  set("HELD_NAME", l::kHeldName);
  set("SUBMISSION_VERDICT", offsetof(l::Submission, verdict));
  exports.Set("layout", object);
}

}  // namespace dpdk_node

/* conf.h - the settings of stoepd (DIR/stoepd.conf and the command line). */
#pragma once

#include "sync/shape.h"
#include "sync/sys/conf.h"

#define SERVER_CONF(X)                                                        \
    X(listen, TEXT, "127.0.0.1:8443",                                         \
      "address and port to listen on; port 0: any")                           \
    X(url, TEXT, "",                                                          \
      "address that devices use; empty: https:// and what it listens on")     \
    X(loops, COUNT, "0", "threads that serve; 0: one per core")               \
    X(connections_max, COUNT, "10000", "open connections")                    \
    X(idle_s, COUNT, "60", "seconds until a silent connection is closed")     \
    X(address_connections, COUNT, "4000",                                     \
      "open connections from one address; 0: no limit, as below")             \
    X(address_requests, COUNT, "60000", "requests a minute from an address")  \
    X(address_bytes, BYTES, "4g", "bytes handed in a minute from an address") \
    X(address_sign_ins, COUNT, "600",                                         \
      "sign-ins a minute from one address that fail")                         \
    X(address_codes, COUNT, "30",                                             \
      "codes a minute from one address that were never given out")            \
    X(device_requests, COUNT, "6000", "requests a minute of one device")      \
    X(device_bytes, BYTES, "1g", "bytes handed in a minute of one device")    \
    X(waiting_max, BYTES, "64m", "bytes of batches that wait to be merged")   \
    X(grace_s, COUNT, "20", "seconds that a stop waits for requests")         \
    X(certificate, TEXT, "", "PEM file; empty: DIR/server.crt, made by init") \
    X(key, TEXT, "", "PEM file; empty: DIR/server.key, made by init")         \
    X(note_s, COUNT, "3600",                                                  \
      "seconds between notes of the journal in git; 0: at a stop only")       \
    X(retention_hour, COUNT, "3",                                             \
      "hour, Dutch time, at which what is kept too long goes; 24: never")     \
    X(lease_worker_h, COUNT, "72",                                            \
      "hours that the device of a worker may be read without contact")        \
    X(lease_external_h, COUNT, "72", "the same of an external")               \
    X(lease_lead_h, COUNT, "72", "of a lead")                                 \
    X(lease_analyst_h, COUNT, "72", "of an analyst")                          \
    X(lease_privacy_h, COUNT, "72", "of a privacy officer")                   \
    X(lease_admin_h, COUNT, "72", "of an administrator")                      \
    X(api_contact_name, TEXT, "Stoep",                                        \
      "who answers for the interface, in its description (OpenAPI)")          \
    X(api_contact_email, TEXT, "stoep@example.org", "mail address of them")   \
    X(api_contact_url, TEXT, "https://example.org/stoep", "page of them")     \
    X(security_contact, TEXT, "",                                             \
      "mailto: or https: address for reports of a weakness, in security.txt") \
    X(publish, TEXT, "",                                                      \
      "bare git repository, in a folder of its own, in which figures are"     \
      " published each night; empty: none")                                   \
    X(publisher, TEXT, "", "organisation that publishes them")                \
    X(publisher_url, TEXT, "", "what identifies it, an IRI; may be empty")    \
    X(contact, TEXT, "", "mail address for questions about them")             \
    X(licence, TEXT, "http://creativecommons.org/publicdomain/zero/1.0/",     \
      "licence of figures that are published, an IRI")                        \
    X(publish_url, TEXT, "",                                                  \
      "where people find that repository; empty: not said")                   \
    X(open311_jurisdiction, TEXT, "",                                         \
      "name of the town, as example.org: signals that leads released are"     \
      " shown to everybody (Open311); empty: none are")                       \
    X(open311_destination, TEXT, "stadsbeheer",                               \
      "destination of the signals that are")                                  \
    X(open311_themes, TEXT, "groen,schoon,verkeer,spelen",                    \
      "their themes, with commas between")                                    \
    X(forward_url, TEXT, "",                                                  \
      "where `stoepd forward` sends released signals; empty: nowhere")        \
    X(forward_as, TEXT, "open311", "how: open311, or signalen")               \
    X(forward_key_file, TEXT, "", "file with the receiver's api_key")         \
    X(forward_category, TEXT, "",                                             \
      "address of the sub_category that signals get in Signalen")             \
    X(session_idle_s, COUNT, "1800",                                          \
      "seconds without a call after which a browser has to sign in again")    \
    X(session_s, COUNT, "36000", "seconds that it may stay signed in at all") \
    X(log, TEXT, "info", "debug, info, warn or error")

struct server_conf {
    SERVER_CONF(CONF_MEMBER)
};

extern const struct conf_table server_conf_table;

/* How long the device of such a role may be read without contact. */
uint64_t server_conf_lease_s(const struct server_conf *c, enum role role);

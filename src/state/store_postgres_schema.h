// The tables of the shared store, in a schema of their own: made and upgraded step by step, by
// whichever node comes first.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "state/store_postgres_db.h"

#include <string>
#include <string_view>

namespace weft::state {

// Errors: kInvalid (not a lower-case name of at most 48 letters, digits and _).
base::Result<void> check_schema_name(std::string_view schema);

// Makes a session as the store needs it: flushed commits, a limit on each statement.
base::Result<void> set_up_session(PgConnection& db, base::Millis statement_max,
                                  base::MonoTime deadline);

// Creates the tables or brings them up to date, whole or not at all.
// Errors: kUnsupported (a newer weft made them), kInvalid (the schema is another program's),
// kForbidden, and those of PgConnection.
base::Result<void> upgrade_postgres_schema(PgConnection& db, const std::string& schema,
                                           base::MonoTime deadline);

}  // namespace weft::state

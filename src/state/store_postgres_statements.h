// The SQL of the shared store, with the schema's name in it.
#pragma once

#include <functional>
#include <string>

namespace weft::state {

// Thread: any (immutable). Source: the tables are made in store_postgres_schema.cc.
struct PgStatements {
  explicit PgStatements(const std::string& schema);

  // $1 what the caller has seen, $2 the last index of the batch, $3 how much of the log is kept, $4
  // how much it may forget now, $5 the time before which it forgets; from $6 on the columns of the
  // batch, each as an array, the last of which says whether a change is the last one of its object.
  // No row: the store has later changes, or it is another session's turn.
  std::string append;
  // Makes it the turn of this session, if it is nobody's.
  std::string take_turn;
  std::string last_index;
  // The last index, and the newest entry of the log, or nulls.
  std::string last_change;
  // After $1, at most $2: the highest index forgotten, and the entries; one row with nulls when
  // there are none.
  std::string follow;
  // Before $1, of the next $2 those of table $3 and key $4, or all for an empty one, at most $5. In
  // the first column where the look ended, null at the end of the log; the rest is as in follow.
  std::string history;
  // The highest index forgotten, and the time of entry $1, or null.
  std::string find_anchor;
  // Raises the last index above $1.
  std::string go_on;
  // A cursor over all objects, weft_objects.
  std::string declare_objects;
  std::string listen;
  std::string words_channel;
  // Tells the other sessions each of $1.
  std::string tell;
  // Takes the lock that says that mark $2 of the mesh $1 is there; both as signed numbers.
  std::string attend;
  // The marks of the mesh $1.
  std::string who_attends;

 private:
  // Fills the names of this mesh into a text.
  using Fill = std::function<std::string(const char*)>;
  void add_reads(const Fill& sql);
  void add_words(const Fill& sql);
};

}  // namespace weft::state

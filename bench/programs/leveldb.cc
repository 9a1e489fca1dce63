/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// A short workload for LevelDB: inserts a few thousand keys, writes some again
// and deletes some, looks them up, walks through them, compacts the database,
// opens it anew and finds the keys again.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "leveldb/cache.h"
#include "leveldb/db.h"
#include "leveldb/filter_policy.h"
#include "leveldb/value_sink.h"
#include "leveldb/write_batch.h"

namespace {

const int keys = 5000;

void check(const leveldb::Status &status) {
  if (status.ok())
    return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

std::string key(int i) {
  char text[32];
  std::snprintf(text, sizeof text, "key %06d", i * 7919 % keys);
  return text;
}

void fill(leveldb::DB *database) {
  for (int i = 0; i < keys; i += 100) {
    leveldb::WriteBatch batch;
    for (int k = i; k < i + 100; k++)
      batch.Put(key(k), std::string(100, static_cast<char>('a' + k % 26)));
    check(database->Write(leveldb::WriteOptions(), &batch));
  }
  for (int i = 0; i < keys; i += 7)
    check(database->Delete(leveldb::WriteOptions(), key(i)));
  for (int i = 0; i < keys; i += 11)
    check(database->Put(leveldb::WriteOptions(), key(i), "again"));
}

void look(leveldb::DB *database) {
  int found = 0, walked = 0;
  std::size_t bytes = 0;
  std::string value;
  leveldb::StringValueSink sink(&value);
  for (int i = 0; i < keys; i += 3)
    found += database->Get(leveldb::ReadOptions(), key(i), &sink).ok();
  leveldb::Iterator *iterator = database->NewIterator(leveldb::ReadOptions());
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    walked++;
    bytes += iterator->value().size();
  }
  check(iterator->status());
  delete iterator;
  std::printf("%d found, %d walked over, %zu bytes\n", found, walked, bytes);
}

leveldb::DB *open(const leveldb::Options &options, const std::string &path) {
  leveldb::DB *database = nullptr;
  check(leveldb::DB::Open(options, path, &database));
  return database;
}

} // namespace

int main(int argc, char **argv) {
  std::string path = argc > 1 ? argv[1] : "/tmp/leveldb-benchmark";
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 128 << 10; // so that tables are written
  options.filter_policy = leveldb::NewBloomFilterPolicy(10);
  options.block_cache = leveldb::NewLRUCache(1 << 20);
  check(leveldb::DestroyDB(path, options));
  leveldb::DB *database = open(options, path);
  fill(database);
  look(database);
  database->CompactRange(nullptr, nullptr);
  delete database;
  database = open(options, path);
  look(database);
  delete database;
  check(leveldb::DestroyDB(path, options));
  delete options.filter_policy;
  delete options.block_cache;
  return 0;
}

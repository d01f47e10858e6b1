/* Files that are whole or not there, and JSON that notices a flipped bit. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../db/durable.h"
#include "../../db/file.h"
#include "../../db/moment.h"
#include "../../db/sealed.h"

static const char *new_folder(void)
{
    char *folder = memory_copy(context, "/tmp/roster-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static int entries(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static const char *content(const char *path)
{
    struct text *text;
    ck_assert_ptr_null(file_read(context, path, 1 << 20, &text));
    return text->data;
}

START_TEST(a_file_is_replaced_whole)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/file", folder);
    struct stat status;
    ck_assert_ptr_null(durable_write(context, path, "first", 5));
    ck_assert_ptr_null(durable_write(context, path, "second", 6));
    ck_assert_str_eq(content(path), "second");
    ck_assert_int_eq(entries(folder), 1);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_what_was)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/taken", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    struct error *error = durable_write(context, path, "text", 4);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "cannot write"));
    ck_assert_int_eq(entries(folder), 1);
    rmdir(path);
    rmdir(folder);
    ck_assert_ptr_nonnull(durable_write(context, memory_printf(context, "%s/gone/file", folder), "text", 4));
}
END_TEST

START_TEST(a_file_is_created_whole_and_never_over_another)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/file", folder);
    struct stat status;
    ck_assert_ptr_null(durable_create(context, path, "first", 5));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_nlink, 1);
    struct error *error = durable_create(context, path, "second", 6);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "File exists"));
    ck_assert_str_eq(content(path), "first");
    ck_assert_int_eq(entries(folder), 1);
    unlink(path);
    rmdir(folder);
    ck_assert_ptr_nonnull(durable_create(context, memory_printf(context, "%s/gone/file", folder), "text", 4));
}
END_TEST

/* FIPS 180-4's example. */
START_TEST(the_digest_is_sha_256)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/file", folder), *hash;
    long long size;
    ck_assert_ptr_null(durable_write(context, path, "abc", 3));
    ck_assert_ptr_null(durable_sha256(context, path, &hash, &size));
    ck_assert_str_eq(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_int_eq(size, 3);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(sealed_json_comes_back)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/file", folder);
    const json_t *json;
    ck_assert_ptr_null(sealed_write(
        context, path,
        json_pack("{s:s, s:I}", "text", "a \"b\" \xc3\xa9\n", "number", (json_int_t)9007199254740993LL)));
    ck_assert_ptr_null(sealed_read(context, path, &json));
    ck_assert_str_eq(sealed_text(json, "text"), "a \"b\" \xc3\xa9\n");
    ck_assert_int_eq(sealed_number(json, "number"), 9007199254740993LL);
    ck_assert_str_eq(sealed_text(json, "missing"), "");
    ck_assert_int_eq(sealed_number(json, "missing"), 0);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_is_noticed)
{
    const char *folder = new_folder(), *path = memory_printf(context, "%s/file", folder);
    const json_t *json;
    ck_assert_ptr_null(
        sealed_write(context, path, json_pack("{s:s, s:i}", "text", "caf\xc3\xa9 \x1f end", "n", 7)));
    const char *whole = content(path);
    const size_t length = strlen(whole);
    for (size_t i = 0; i < length * 8; i++) {
        char *changed = memory_copy(context, whole);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        ck_assert_ptr_null(durable_write(context, path, changed, length));
        struct error *error = sealed_read(context, path, &json);
        ck_assert_msg(error && error->code == ERROR_DAMAGED, "bit %zu", i);
    }
    for (size_t i = 0; i < length; i++) {
        ck_assert_ptr_null(durable_write(context, path, whole, i));
        ck_assert_int_eq(sealed_read(context, path, &json)->code, ERROR_DAMAGED);
    }
    unlink(path);
    ck_assert_int_eq(sealed_read(context, path, &json)->code, ERROR_NOT_FOUND);
    rmdir(folder);
}
END_TEST

START_TEST(times_and_sizes_are_for_people)
{
    ck_assert_str_eq(moment_text(context, "UTC", 1795577702), "2026-11-25 03:35:02");
    ck_assert_str_eq(moment_text(context, "Europe/Berlin", 1795577702), "2026-11-25 04:35:02");
    ck_assert_str_eq(moment_text(context, "UTC", 0), "");
    ck_assert_str_eq(moment_stamp(context, 1795577702), "2026-11-25T03:35:02Z");
    ck_assert_str_eq(moment_length(context, 59), "59 s");
    ck_assert_str_eq(moment_length(context, 125), "2 min 5 s");
    ck_assert_str_eq(moment_length(context, 7384), "2 h 3 min");
    ck_assert_str_eq(moment_size(context, 999), "999 bytes");
    ck_assert_str_eq(moment_size(context, 25400418), "24.2 MB");
    ck_assert_str_eq(moment_size(context, 1099511627776LL), "1.0 TB");
}
END_TEST

UNIT_MAIN("durable", { a_file_is_replaced_whole, 0 }, { what_cannot_be_written_leaves_what_was, 0 },
          { a_file_is_created_whole_and_never_over_another, 0 },
          { the_digest_is_sha_256, 0 }, { sealed_json_comes_back, 0 },
          { every_flipped_bit_and_every_cut_is_noticed, 0 },
          { times_and_sizes_are_for_people, 0 })

/* How writing a file can fail: the disk is full, the folder is gone, something else has the name. What was there stays
 * as it was, nothing half is left, and the message says which file and what to do. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../db/durable.h"
#include "../../db/file.h"
#include "../../db/secret_key.h"

static const char *new_folder(void)
{
    char *folder = memory_copy(context, "/tmp/roster-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static const char *in(const char *folder, const char *name)
{
    return memory_printf(context, "%s/%s", folder, name);
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

/* No file may grow beyond this any more, which a full disk is like (setrlimit(2): EFBIG when SIGXFSZ is ignored). */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_leaves_the_file_as_it_was)
{
    const char *folder = new_folder(), *path = in(folder, "file");
    struct text *text;
    ck_assert_done(durable_write(context, path, "as it was", 9));
    limit_files(4096);
    char *large = memory_new(context, 10000, "large");
    struct error *error = durable_write(context, path, large, 10000);
    limit_files(RLIM_INFINITY);
    ck_assert_refused(error, ERROR_FAILED, memory_printf(context, "cannot write \"%s\"", path));
    ck_assert_ptr_nonnull(strstr(error->hint, "the disk is full"));
    ck_assert_done(file_read(context, path, 100, &text));
    ck_assert_str_eq(text->data, "as it was");
    ck_assert_int_eq(entries(folder), 1);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(a_file_that_is_gone_cannot_be_renamed_or_read)
{
    const char *folder = new_folder(), *path = in(folder, "file"), *hash;
    long long size;
    ck_assert_refused(durable_rename(context, path, in(folder, "other")), ERROR_FAILED, "cannot open");
    ck_assert_refused(durable_sha256(context, path, &hash, &size), ERROR_FAILED, "cannot read");
    ck_assert_refused(durable_sync_folder(context, path), ERROR_FAILED, "cannot open");
    ck_assert_done(durable_write(context, path, "text", 4));
    ck_assert_refused(durable_rename(context, path, in(folder, "gone/other")), ERROR_FAILED, "cannot rename");
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_done(durable_rename(context, path, in(folder, "other")));
    ck_assert_int_ne(access(path, F_OK), 0);
    unlink(in(folder, "other"));
    rmdir(folder);
}
END_TEST

START_TEST(a_folder_is_no_file_to_be_hashed)
{
    const char *folder = new_folder(), *hash;
    long long size;
    ck_assert_refused(durable_sha256(context, folder, &hash, &size), ERROR_FAILED, "cannot read");
    rmdir(folder);
}
END_TEST

START_TEST(where_a_file_is_no_folder_can_be)
{
    const char *folder = new_folder(), *path;
    struct settings settings = { .var = in(folder, "var") };
    ck_assert_done(durable_write(context, settings.var, "text", 4));
    ck_assert_refused(durable_folder(context, &settings, "jobs", &path), ERROR_USAGE,
                      "set ROSTER_VAR to a folder of this user");
    unlink(settings.var);
    ck_assert_done(durable_folder(context, &settings, "jobs", &path));
    ck_assert_done(durable_folder(context, &settings, "jobs", &path)); /* there already */
    rmdir(path);
    rmdir(settings.var);
    rmdir(folder);
}
END_TEST

/* What root writes into the folder of the site's user has to be that user's. */
START_TEST(a_file_goes_to_the_owner_of_its_folder)
{
    const char *folder = new_folder(), *path = in(folder, "file");
    struct stat status;
    const uid_t owner = geteuid() == 0 ? 12345 : geteuid();
    ck_assert_int_eq(chown(folder, owner, (gid_t)-1), 0);
    ck_assert_done(durable_write(context, path, "text", 4));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_uid, owner);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(a_key_that_cannot_be_kept_is_said)
{
    const char *folder = new_folder(), *key, *path = in(folder, "key");
    ck_assert_refused(secret_key_open(context, in(folder, "no/such"), "key", "SECRET_KEY", &key), ERROR_USAGE,
                      "cannot make the folder");
    limit_files(10);
    struct error *error = secret_key_open(context, folder, "key", "SECRET_KEY", &key);
    limit_files(RLIM_INFINITY);
    ck_assert_refused(error, ERROR_USAGE, "set SECRET_KEY, or ROSTER_VAR to a folder of this user");
    ck_assert_int_eq(entries(folder), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_refused(secret_key_open(context, folder, "key", "SECRET_KEY", &key), ERROR_USAGE, "cannot read");
    rmdir(path);
    ck_assert_done(durable_write(context, path, "not a folder", 12));
    ck_assert_refused(secret_key_open(context, path, "key", "SECRET_KEY", &key), ERROR_USAGE, "cannot read");
    unlink(path);
    rmdir(folder);
}
END_TEST

UNIT_MAIN("files_faults", { a_full_disk_leaves_the_file_as_it_was, 0 },
          { a_file_that_is_gone_cannot_be_renamed_or_read, 0 }, { a_folder_is_no_file_to_be_hashed, 0 },
          { where_a_file_is_no_folder_can_be, 0 }, { a_file_goes_to_the_owner_of_its_folder, 0 },
          { a_key_that_cannot_be_kept_is_said, 0 })

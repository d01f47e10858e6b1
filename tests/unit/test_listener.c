/* The listening socket: who may use it, and what it may take the place of. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "../../cgi/listener.h"
#include "unit.h"

static const char *folder, *path;

static void in_folder(void)
{
    folder = mkdtemp(memory_copy(context, "/tmp/test_listener.XXXXXX"));
    ck_assert_ptr_nonnull(folder);
    path = memory_printf(context, "%s/socket", folder);
}

static void out_of_folder(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static int connect_to(const char *to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int client = socket(AF_UNIX, SOCK_STREAM, 0), result;

    ck_assert_int_ge(client, 0);
    memcpy(address.sun_path, to, strlen(to));
    result = connect(client, (const struct sockaddr *)&address, sizeof(address));
    close(client);
    return result;
}

START_TEST(owner_and_group_may_use_it)
{
    struct stat found;
    mode_t before = umask(0);
    int listener;

    in_folder();
    ck_assert_done(listener_open(context, path, &listener));
    ck_assert_int_eq(stat(path, &found), 0);
    ck_assert(S_ISSOCK(found.st_mode));
    ck_assert_uint_eq(found.st_mode & 07777, 0660);
    ck_assert_uint_eq(umask(before), 0);
    ck_assert_int_eq(connect_to(path), 0);
    ck_assert_int_eq(accept(listener, NULL, NULL) >= 0, 1);
    ck_assert_int_eq(accept(listener, NULL, NULL), -1); /* and does not block */
    listener_close(path, listener);
    ck_assert_int_eq(stat(path, &found), -1);
    out_of_folder();
}
END_TEST

START_TEST(left_over_socket_is_replaced)
{
    int listener;

    in_folder();
    ck_assert_done(listener_open(context, path, &listener));
    close(listener);
    ck_assert_int_eq(connect_to(path), -1);
    ck_assert_done(listener_open(context, path, &listener));
    ck_assert_int_eq(connect_to(path), 0);
    listener_close(path, listener);
    out_of_folder();
}
END_TEST

START_TEST(served_socket_is_left_alone)
{
    int listener, second;

    in_folder();
    ck_assert_done(listener_open(context, path, &listener));
    ck_assert_refused(listener_open(context, path, &second), ERROR_USAGE, "another process already does");
    ck_assert_int_eq(connect_to(path), 0);
    listener_close(path, listener);
    out_of_folder();
}
END_TEST

START_TEST(file_is_left_alone)
{
    FILE *file;
    int listener;

    in_folder();
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_refused(listener_open(context, path, &listener), ERROR_USAGE, "not a socket");
    ck_assert_int_eq(access(path, F_OK), 0);
    out_of_folder();
}
END_TEST

START_TEST(impossible_path_is_refused)
{
    char *long_path = memory_printf(context, "/tmp/%0108d", 1);
    int listener;

    ck_assert_refused(listener_open(context, "", &listener), ERROR_USAGE, "1 to 107 bytes");
    ck_assert_refused(listener_open(context, long_path, &listener), ERROR_USAGE, "1 to 107 bytes");
    ck_assert_refused(listener_open(context, "/nowhere/socket", &listener), ERROR_USAGE, "No such file");
}
END_TEST

UNIT_MAIN("listener", { owner_and_group_may_use_it, 0 }, { left_over_socket_is_replaced, 0 },
          { served_socket_is_left_alone, 0 }, { file_is_left_alone, 0 }, { impossible_path_is_refused, 0 })

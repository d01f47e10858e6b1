/* Passwords and tokens. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../db/memory.h"
#include "../../db/password.h"

static void *context;

static void setup(void)
{
    context = talloc_new(NULL);
}

static void teardown(void)
{
    talloc_free(context);
}

START_TEST(a_password_matches_its_hash_only)
{
    char *hash = password_hash(context, "blau wie der Himmel");
    ck_assert_int_eq(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    ck_assert(password_verify(hash, "blau wie der Himmel"));
    ck_assert(!password_verify(hash, "blau wie der himmel"));
    ck_assert(!password_verify(hash, "blau wie der Himmel "));
    ck_assert(!password_verify(hash, ""));
    ck_assert_str_ne(hash, password_hash(context, "blau wie der Himmel")); /* its own salt */
}
END_TEST

START_TEST(a_long_password_is_not_cut)
{
    char *password = NEW_ARRAY(context, char, 1025);
    memset(password, 'x', 1024);
    char *hash = password_hash(context, password);
    password[1023] = 'y';
    ck_assert(!password_verify(hash, password));
}
END_TEST

START_TEST(what_is_no_hash_matches_nothing)
{
    ck_assert(!password_verify("", ""));
    ck_assert(!password_verify("password", "password"));
    ck_assert(!password_verify("$argon2id$v=19$m=19456,t=2,p=1$", "x"));
    ck_assert(!password_verify(NULL, ""));
    ck_assert(!password_verify(NULL, "password"));
}
END_TEST

static double seconds(const char *hash)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        struct timespec start, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        password_verify(hash, "a wrong password");
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double took = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
        best = took < best ? took : best;
    }
    return best;
}

START_TEST(nobody_takes_as_long_as_somebody)
{
    double somebody = seconds(password_hash(context, "some password"));
    double nobody = seconds(NULL);
    ck_assert_double_gt(nobody, somebody * 0.6);
    ck_assert_double_lt(nobody, somebody * 1.7);
}
END_TEST

static const char *refused(const char *password)
{
    return password_refuse(context, password, NULL, 0);
}

START_TEST(short_long_and_common_passwords_are_refused)
{
    char *password = NEW_ARRAY(context, char, 1026);
    ck_assert_ptr_nonnull(strstr(refused(""), "at least 8"));
    ck_assert_ptr_nonnull(strstr(refused("7 chars"), "at least 8"));
    ck_assert_ptr_nonnull(strstr(refused("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"), "at least 8"));
    memset(password, 'z', 1025);
    password[0] = 'a';
    ck_assert_ptr_nonnull(strstr(refused(password), "at most 1024"));
    static const char *const commonest[] = { "password",   "Password1",  "PASSWORD123!", "12345678",
                                             "1234567890", "87654321",   "aaaaaaaa",     "abababab",
                                             "qwertyuiop", "Qwerty123!", "iloveyou1",    "letmein!!",
                                             "1q2w3e4r",   "1qaz2wsx",   "passw0rd",     "changeme",
                                             "11111111",   "admin123",   "postgres",     "roster2026",
                                             "welcome1",   "abc12345",   "00000000",
                                             "jennifer",   "butterfly",  "michelle1",    "P@ssw0rd123!",
                                             "19840512",   "Sommer2024", "elephant",     "liverpool1",
                                             "blablabla",  "hallo123",   "superman1",    "correcthorsebatterystaple" };
    for (size_t i = 0; i < sizeof commonest / sizeof *commonest; i++)
        ck_assert_msg(refused(commonest[i]) != NULL, "%s", commonest[i]);
}
END_TEST

START_TEST(what_others_know_of_a_person_is_no_password)
{
    const char *const about[] = { "Tess.Quillmark@harrowvane.example", NULL, "Tess Quillmark-Zyx", "Harrowvane teams" };
    static const char *const guessed[] = { "tess.quillmark@harrowvane.example", "TessQuillmark", "quillmark2024", "Harrowvane1",
                                           "Qu1llm4rk!!" };
    for (size_t i = 0; i < sizeof guessed / sizeof *guessed; i++) {
        const char *words = password_refuse(context, guessed[i], about, 4);
        ck_assert_msg(words && strstr(words, "from an address or a name"), "%s", guessed[i]);
    }
    ck_assert_ptr_null(password_refuse(context, "three warm lamps", about, 4));
    ck_assert_ptr_null(refused("tess.quillmark@harrowvane.example"));
}
END_TEST

/* Its work would grow with the square of what somebody sends. */
START_TEST(a_long_password_is_judged_by_its_beginning)
{
    char *same = NEW_ARRAY(context, char, 1025);
    memset(same, 'x', 1024);
    ck_assert_ptr_nonnull(refused(same));
    ck_assert_ptr_null(refused(memory_printf(context, "three warm lamps%.1000s", same)));
}
END_TEST

START_TEST(a_hash_with_other_parameters_is_outdated)
{
    ck_assert(!password_is_outdated(password_hash(context, "three warm lamps")));
    ck_assert(password_is_outdated("$argon2id$v=19$m=8192,t=1,p=1$fV0rGSWIpaQhq0MFbyNLtQ"
                                   "$tq0kNr8UXz1Jm3CkSg5wYdGQ2H0oVb7eLxWfA4sRiDc"));
}
END_TEST

START_TEST(good_passwords_are_taken)
{
    static const char *const good[] = {
        "blau wie der Himmel", "tr0ub4dor&3", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f \xe2\x82\xac uro",
        "  spaces  count",     "x9$kQ2!p",    "password of my dog is rex"
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(refused(good[i]) == NULL, "%s", good[i]);
    char *password = NEW_ARRAY(context, char, 1025);
    for (int i = 0; i < 1024; i++)
        password[i] = (char)('a' + i * 7 % 26);
    ck_assert_ptr_null(refused(password));
}
END_TEST

START_TEST(a_generated_password_is_readable_and_new)
{
    char *password = password_generate(context);
    ck_assert_uint_eq(strlen(password), 23);
    ck_assert_uint_eq(strspn(password, "abcdefghijkmnpqrstuvwxyz23456789-"), 23);
    ck_assert_int_eq(password[5], '-');
    ck_assert_int_eq(password[11], '-');
    ck_assert_int_eq(password[17], '-');
    ck_assert_ptr_null(refused(password));
    ck_assert_str_ne(password, password_generate(context));
}
END_TEST

START_TEST(a_token_is_long_and_new)
{
    char *token = token_generate(context);
    ck_assert_uint_eq(strlen(token), 43);
    ck_assert_uint_eq(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    ck_assert_str_ne(token, token_generate(context));
}
END_TEST

START_TEST(a_token_is_kept_as_its_sha256)
{
    /* The examples of FIPS 180-2, appendix B.1, and of the empty message. */
    ck_assert_str_eq(token_hash(context, "abc"),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_str_eq(token_hash(context, ""),
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("password");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_password_matches_its_hash_only);
    tcase_add_test(tests, a_long_password_is_not_cut);
    tcase_add_test(tests, what_is_no_hash_matches_nothing);
    tcase_add_test(tests, nobody_takes_as_long_as_somebody);
    tcase_add_test(tests, short_long_and_common_passwords_are_refused);
    tcase_add_test(tests, a_long_password_is_judged_by_its_beginning);
    tcase_add_test(tests, what_others_know_of_a_person_is_no_password);
    tcase_add_test(tests, a_hash_with_other_parameters_is_outdated);
    tcase_add_test(tests, good_passwords_are_taken);
    tcase_add_test(tests, a_generated_password_is_readable_and_new);
    tcase_add_test(tests, a_token_is_long_and_new);
    tcase_add_test(tests, a_token_is_kept_as_its_sha256);
    Suite *suite = suite_create("password");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

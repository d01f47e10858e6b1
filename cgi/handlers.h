/* The pages. Each handler reads its input, makes the one or two round trips that it needs, and answers; who may use it
 * stands in the table of dispatch.c. */
#ifndef ROSTER_HANDLERS_H
#define ROSTER_HANDLERS_H

#include "../db/error.h"
#include "request.h"

/* overview_pages.c */
struct error *overview_page(struct request *request) MUST_USE;
/* list_pages.c */
struct error *list_page(struct request *request) MUST_USE;
/* record_pages.c */
struct error *record_page(struct request *request) MUST_USE;
struct error *record_file(struct request *request) MUST_USE;
/* form_pages.c */
struct error *form_new(struct request *request) MUST_USE;
struct error *form_new_post(struct request *request) MUST_USE;
struct error *form_edit(struct request *request) MUST_USE;
struct error *form_edit_post(struct request *request) MUST_USE;
/* picker_pages.c */
struct error *picker_page(struct request *request) MUST_USE;
struct error *picker_options(struct request *request) MUST_USE;
/* delete_pages.c */
struct error *delete_page(struct request *request) MUST_USE;
struct error *delete_post(struct request *request) MUST_USE;
/* history_pages.c */
struct error *history_page(struct request *request) MUST_USE;
/* api_pages.c */
struct error *api_index(struct request *request) MUST_USE;
struct error *api_list(struct request *request) MUST_USE;
struct error *api_record(struct request *request) MUST_USE;
/* sign_in_pages.c */
struct error *sign_in_page(struct request *request) MUST_USE;
/* The page itself; also the answer to a form that was sent after the sign-in had ended. */
struct error *sign_in_show(struct request *request, const char *email_error, const char *password_error,
                           int status) MUST_USE;
struct error *sign_in_post(struct request *request) MUST_USE;
struct error *sign_out_post(struct request *request) MUST_USE;
/* sign_in_code_pages.c */
struct error *sign_in_code_page(struct request *request) MUST_USE;
struct error *sign_in_code_post(struct request *request) MUST_USE;
/* reset_pages.c */
struct error *reset_page(struct request *request) MUST_USE;
/* The answer to a form of before its person signed in or out in another window: the link's code is kept. */
struct error *reset_show_again(struct request *request) MUST_USE;
struct error *reset_post(struct request *request) MUST_USE;
/* account_pages.c */
struct error *account_page(struct request *request) MUST_USE;
struct error *password_page(struct request *request) MUST_USE;
struct error *password_post(struct request *request) MUST_USE;
struct error *sign_ins_end_post(struct request *request) MUST_USE;
/* factor_pages.c */
struct error *factor_page(struct request *request) MUST_USE;
struct error *factor_new_post(struct request *request) MUST_USE;
struct error *factor_on_post(struct request *request) MUST_USE;
struct error *factor_off_post(struct request *request) MUST_USE;
struct error *factor_codes_post(struct request *request) MUST_USE;
/* person_pages.c */
struct error *person_page(struct request *request) MUST_USE;
struct error *person_end_post(struct request *request) MUST_USE;
struct error *person_reset_post(struct request *request) MUST_USE;
struct error *person_factor_off_post(struct request *request) MUST_USE;
/* admin.c */
struct error *admin_confirm_post(struct request *request) MUST_USE;
/* admin_pages.c */
struct error *admin_page(struct request *request) MUST_USE;
struct error *health_page(struct request *request) MUST_USE;
/* job_pages.c */
struct error *jobs_page(struct request *request) MUST_USE;
struct error *job_page(struct request *request) MUST_USE;
struct error *job_tail(struct request *request) MUST_USE;
struct error *job_cancel_post(struct request *request) MUST_USE;
/* backup_pages.c */
struct error *backups_page(struct request *request) MUST_USE;
struct error *backups_post(struct request *request) MUST_USE;
struct error *backup_page(struct request *request) MUST_USE;
struct error *backup_verify_post(struct request *request) MUST_USE;
struct error *backups_prune_page(struct request *request) MUST_USE;
struct error *backups_prune_post(struct request *request) MUST_USE;
struct error *backup_delete_page(struct request *request) MUST_USE;
struct error *backup_delete_post(struct request *request) MUST_USE;
/* backup_files.c */
struct error *backup_download(struct request *request) MUST_USE;
struct error *backup_manifest(struct request *request) MUST_USE;
struct error *backup_upload_page(struct request *request) MUST_USE;
struct error *backup_upload_post(struct request *request) MUST_USE;
/* restore_pages.c */
struct error *backup_restore_page(struct request *request) MUST_USE;
struct error *backup_restore_post(struct request *request) MUST_USE;
struct error *earlier_page(struct request *request) MUST_USE;
struct error *earlier_post(struct request *request) MUST_USE;
/* schema_pages.c */
struct error *schema_page(struct request *request) MUST_USE;
/* query_pages.c */
struct error *queries_page(struct request *request) MUST_USE;
struct error *query_page(struct request *request) MUST_USE;
struct error *query_cancel_post(struct request *request) MUST_USE;
/* audit_pages.c */
struct error *audit_page(struct request *request) MUST_USE;
struct error *audit_export_post(struct request *request) MUST_USE;
/* migration_pages.c */
struct error *migrations_page(struct request *request) MUST_USE;
struct error *revision_page(struct request *request) MUST_USE;
struct error *migration_sql(struct request *request) MUST_USE;
/* move_pages.c */
struct error *upgrade_page(struct request *request) MUST_USE;
struct error *upgrade_post(struct request *request) MUST_USE;
struct error *downgrade_page(struct request *request) MUST_USE;
struct error *downgrade_post(struct request *request) MUST_USE;
/* rescue_pages.c */
struct error *rescue_page(struct request *request) MUST_USE;
struct error *rescue_post(struct request *request) MUST_USE;
/* new_revision_pages.c */
struct error *new_revision_page(struct request *request) MUST_USE;
struct error *new_revision_post(struct request *request) MUST_USE;
/* seed_pages.c */
struct error *seeds_page(struct request *request) MUST_USE;
struct error *seeds_post(struct request *request) MUST_USE;
/* key_pages.c */
struct error *key_page(struct request *request) MUST_USE;
struct error *key_post(struct request *request) MUST_USE;
struct error *key_end_post(struct request *request) MUST_USE;
/* health_pages.c */
struct error *health_live(struct request *request) MUST_USE;
struct error *health_ready(struct request *request) MUST_USE;
struct error *health_metrics(struct request *request) MUST_USE;

#endif

"""The host's own columns: whatever else a record has is a custom field (facts 3, all versions)."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TICKET_COLUMNS = _words(
    """id group_id priority_id state_id organization_id number title owner_id customer_id note
    first_response_at first_response_escalation_at first_response_in_min first_response_diff_in_min
    close_at close_escalation_at close_in_min close_diff_in_min update_escalation_at update_in_min
    update_diff_in_min last_close_at last_contact_at last_contact_agent_at last_contact_customer_at
    last_owner_update_at create_article_type_id create_article_sender_id article_count escalation_at
    pending_time type time_unit preferences updated_by_id created_by_id created_at updated_at
    article_ids ticket_time_accounting_ids ticket_time_accounting group organization state priority
    owner customer created_by updated_by create_article_type create_article_sender
    time_accountings checklist_id checklist referencing_checklists ai_agent_running tags links
    mentions"""
)

PERSON_COLUMNS = _words(
    """id organization_id login firstname lastname email image image_source web phone fax mobile
    department street zip city country address vip verified active note last_login source
    login_failed out_of_office out_of_office_start_at out_of_office_end_at
    out_of_office_replacement_id preferences updated_by_id created_by_id created_at updated_at
    role_ids organization_ids authorization_ids overview_sorting_ids group_ids roles organizations
    authorizations overview_sortings organization groups created_by updated_by password
    two_factor_preference_ids two_factor_preferences permissions"""
)

ORGANIZATION_COLUMNS = _words(
    """id name shared domain domain_assignment active note vip updated_by_id created_by_id
    created_at updated_at member_ids secondary_member_ids members secondary_members created_by
    updated_by"""
)

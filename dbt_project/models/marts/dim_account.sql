-- One row per account, as last known.
with
    accounts as (select * from {{ ref("stg_crm__accounts") }}),

    final as (select account_id, account_name, segment, region, domain from accounts)

select *
from final

select
    c.id as customer_id,
    c.signed_up as event_timestamp,
    count(o.id) as n_orders,
    coalesce(sum(o.amount), 0)::float as spend
from {{ source('shop', 'customers') }} as c
left join {{ source('shop', 'orders') }} as o on o.customer_id = c.id
group by c.id, c.signed_up

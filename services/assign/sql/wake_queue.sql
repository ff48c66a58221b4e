-- Orders that wait for somebody on duty in a grid whose people changed are tried again. $1 grids, $2 workers, $3 now.
UPDATE work_order
   SET retry_at = $3
 WHERE retry_at > $3
   AND grid IN (SELECT unnest($1::text[])
                UNION
                SELECT grid FROM grid_worker WHERE worker_id = ANY($2::text[]) AND valid_to = 'infinity')

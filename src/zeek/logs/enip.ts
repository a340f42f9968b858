import { type LogType, SENDER_COLUMNS } from './types.js';

/** ICSNPP's logs of EtherNet/IP and CIP, one row a message. Codes and ids are hexadecimal text. */
export const ENIP_LOGS: readonly LogType[] = [
  {
    name: 'enip',
    columns: {
      ...SENDER_COLUMNS, // of them is_orig since 2022
      packet_correlation_id: 'string', // since 2023: the same in cip.log
      enip_command_code: 'string',
      enip_command: 'string',
      length: 'count',
      session_handle: 'string',
      enip_status: 'string',
      sender_context: 'string',
      options: 'string',
    },
  },
  {
    name: 'cip',
    columns: {
      ...SENDER_COLUMNS,
      packet_correlation_id: 'string',
      cip_sequence_count: 'count',
      direction: 'string', // request or response
      cip_service_code: 'string', // since 2021, as the two status codes are since 2022
      cip_service: 'string',
      cip_status_code: 'string',
      cip_status: 'string',
      cip_extended_status_code: 'string',
      cip_extended_status: 'string',
      class_id: 'string', // this and the next three: requests only
      class_name: 'string',
      instance_id: 'string',
      attribute_id: 'string',
      data_id: 'string', // until 2021, as the next
      other_id: 'string',
    },
  },
  {
    name: 'cip_io',
    columns: {
      ...SENDER_COLUMNS,
      packet_correlation_id: 'string',
      connection_id: 'string',
      sequence_number: 'count',
      data_length: 'count',
      io_data: 'string',
    },
  },
  {
    name: 'cip_identity',
    columns: {
      ...SENDER_COLUMNS,
      packet_correlation_id: 'string',
      encapsulation_version: 'count',
      socket_address: 'addr',
      socket_port: 'count',
      vendor_id: 'count',
      vendor_name: 'string',
      device_type_id: 'count',
      device_type_name: 'string',
      product_code: 'count',
      revision: 'string',
      device_status: 'string',
      serial_number: 'string',
      product_name: 'string',
      device_state: 'string',
    },
  },
];
